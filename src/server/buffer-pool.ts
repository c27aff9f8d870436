export const OUTPUT_BUFFER_SIZE_OCTETS = 128 * 1024;
const MAX_SPARE_BUFFERS = 32;

/** Output buffers, lent to connections only while they have something to send: an idle connection costs none. */
export class BufferPool {
  private readonly spare: Buffer[] = [];

  take(): Buffer {
    return this.spare.pop() ?? Buffer.allocUnsafeSlow(OUTPUT_BUFFER_SIZE_OCTETS);
  }

  give(buffer: Buffer): void {
    if (buffer.length === OUTPUT_BUFFER_SIZE_OCTETS && this.spare.length < MAX_SPARE_BUFFERS) this.spare.push(buffer);
  }
}
