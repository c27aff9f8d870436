/**
 * Set in the slots of durable messages, wherever they are known beside those of transient ones. Bit 30, so that a slot is
 * still what the engine calls a small integer.
 */
export const DURABLE_SLOT = 0x40000000;
