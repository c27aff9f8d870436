/** A part of a body is kept where it came in if it is at least this fraction of its chunk, and copied otherwise. */
const KEPT_FRACTION = 1 / 4;
/** Parts that are copied are gathered in buffers of this size. */
const GATHER_SIZE_OCTETS = 64 * 1024;

/**
 * Collects the parts of a body that arrives in several frames or chunks. Large parts stay slices of their chunks; small
 * ones are copied together, so that a body never keeps much more memory alive than it has octets, however it was cut.
 */
export class BodyAssembler {
  private pieces: Buffer[] = [];
  private gather: Buffer | undefined;
  private gathered = 0;

  /** @param left how many octets of the body are still to come, these included */
  add(octets: Buffer, start: number, end: number, left: number): void {
    if (end - start >= octets.buffer.byteLength * KEPT_FRACTION) {
      this.finishGather();
      this.pieces.push(octets.subarray(start, end));
    } else {
      this.copy(octets, start, end, left);
    }
  }

  private copy(octets: Buffer, start: number, end: number, left: number): void {
    let from = start;
    while (from < end) {
      this.gather ??= Buffer.allocUnsafeSlow(Math.min(left - (from - start), GATHER_SIZE_OCTETS));
      const copied = octets.copy(this.gather, this.gathered, from, end);
      this.gathered += copied;
      from += copied;
      if (this.gathered === this.gather.length) this.finishGather();
    }
  }

  private finishGather(): void {
    if (this.gather === undefined) return;
    this.pieces.push(this.gather.subarray(0, this.gathered));
    this.gather = undefined;
    this.gathered = 0;
  }

  /** The body's pieces, in order; the assembler is empty afterwards. */
  take(): Buffer[] {
    this.finishGather();
    const { pieces } = this;
    this.pieces = [];
    return pieces;
  }
}
