/** A part of a body is kept where it came in if it is at least this large, and copied otherwise: a piece costs too. */
const KEPT_MIN_OCTETS = 4 * 1024;
/** It must be at least this fraction of its chunk, too, since it keeps all of it alive. */
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

  /**
   * @param left how many octets of the body are still to come, these included
   * @param isStable the octets stay as they are after the call
   */
  add(octets: Buffer, start: number, end: number, left: number, isStable: boolean): void {
    const length = end - start;
    if (isStable && length >= KEPT_MIN_OCTETS && length >= octets.buffer.byteLength * KEPT_FRACTION) {
      this.endPiece();
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
      if (this.gathered === this.gather.length) this.endPiece();
    }
  }

  /** What was copied so far becomes a piece; the next copies go behind it. */
  private endPiece(): void {
    const { gather, gathered } = this;
    if (gather === undefined || gathered === 0) return;
    this.pieces.push(gather.subarray(0, gathered));
    this.gather = gathered === gather.length ? undefined : gather.subarray(gathered);
    this.gathered = 0;
  }

  /** The body's pieces, in order; the assembler is empty afterwards. */
  take(): Buffer[] {
    this.endPiece();
    const { pieces } = this;
    this.pieces = [];
    this.gather = undefined;
    return pieces;
  }
}
