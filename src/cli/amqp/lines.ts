import { CommandError } from '../command-error.ts';

const LINE_FEED = 0x0a;
/** The largest body that a broker can be made to take. */
const LONGEST_OCTETS = 512 * 1024 * 1024;

/** The lines of a stream without their ends, as octets, those of each chunk together. The last one may lack its end. */
export async function* linesOf(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer[]> {
  let begun: Buffer[] = [];
  let begunOctets = 0;
  for await (const given of chunks) {
    const chunk = Buffer.from(given as Buffer);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      const piece = chunk.subarray(start, end);
      lines.push(begunOctets === 0 ? piece : Buffer.concat([...begun, piece]));
      if (begunOctets > 0) [begun, begunOctets] = [[], 0];
      start = end + 1;
    }
    if (start < chunk.length) {
      begun.push(chunk.subarray(start));
      begunOctets += chunk.length - start;
    }
    if (begunOctets > LONGEST_OCTETS) throw new CommandError('a line is longer than any message may be');
    if (lines.length > 0) yield lines;
  }
  if (begunOctets > 0) yield [Buffer.concat(begun)];
}

/** The whole stream as one. */
export async function wholeOf(chunks: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let octets = 0;
  for await (const chunk of chunks) {
    const piece = Buffer.from(chunk as Buffer);
    pieces.push(piece);
    octets += piece.length;
    if (octets > LONGEST_OCTETS) throw new CommandError('standard input is longer than any message may be');
  }
  return Buffer.concat(pieces);
}
