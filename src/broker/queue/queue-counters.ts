/** The latency of one delivery in so many is measured: a power of two. Asking for the time at each would cost too much. */
const DELIVERIES_A_LATENCY = 256;

/** What a queue has done since the broker was started. Each is an addition to a field, and there is at most one for each step of a message. */
export class QueueCounters {
  /** Messages that came. */
  publish = 0;
  /** Deliveries to consumers that acknowledge them, and to others. */
  deliver = 0;
  deliverNoAck = 0;
  /** Messages that basic.get took out, to be acknowledged or not. */
  get = 0;
  getNoAck = 0;
  /** How often basic.get found nothing. */
  getEmpty = 0;
  ack = 0;
  /** Deliveries, of whatever kind, that were not the first of their message. */
  redeliver = 0;

  /** Counts a delivery; returns whether its latency is to be measured. */
  delivered(noAck: boolean): boolean {
    const count = noAck ? ++this.deliverNoAck : ++this.deliver;
    return (count & (DELIVERIES_A_LATENCY - 1)) === 0;
  }

  add(other: QueueCounters): void {
    this.publish += other.publish;
    this.deliver += other.deliver;
    this.deliverNoAck += other.deliverNoAck;
    this.get += other.get;
    this.getNoAck += other.getNoAck;
    this.getEmpty += other.getEmpty;
    this.ack += other.ack;
    this.redeliver += other.redeliver;
  }

  /** Counts what basic.get took out. */
  got(noAck: boolean, redelivered: boolean): void {
    if (noAck) this.getNoAck++;
    else this.get++;
    if (redelivered) this.redeliver++;
  }
}
