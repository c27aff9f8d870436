import { write, writeSync } from 'node:fs';

/** Lines are dropped while this much is waiting for a reader that does not read. */
const WAITING_LIMIT_CHARACTERS = 16 * 2 ** 20;

const FULL_PIPE_PAUSE_MS = 20;

/** How often a full pipe is tried again when the process exits, and does not wait for its reader any more. */
const EXIT_WRITE_TRIES = 100;

/**
 * Writes lines to a file descriptor behind the broker's back: a slow reader of the log must not hold up messages. The
 * lines that come while some are being written go out together. What is left is written when the process exits.
 *
 * A full disk, or a reader that has gone, costs the log its lines and not the broker its life.
 */
export class LineOutput {
  readonly #fd: number;
  #waiting = '';
  #isWriting = false;

  constructor(fd: number) {
    this.#fd = fd;
    process.on('exit', () => this.#writeRest());
  }

  write(lines: string): void {
    if (this.#waiting.length + lines.length > WAITING_LIMIT_CHARACTERS) return;
    this.#waiting += lines;
    if (!this.#isWriting) this.#writeWaiting();
  }

  #writeWaiting(): void {
    const octets = Buffer.from(this.#waiting);
    this.#waiting = '';
    this.#isWriting = true;
    this.#writeAll(octets);
  }

  #writeAll(octets: Buffer): void {
    write(this.#fd, octets, (error, writtenOctets) => {
      if (isPipeFull(error)) {
        setTimeout(() => this.#writeAll(octets), FULL_PIPE_PAUSE_MS);
      } else if (error === null && writtenOctets < octets.length) {
        this.#writeAll(octets.subarray(writtenOctets));
      } else {
        this.#isWriting = false;
        if (this.#waiting !== '') this.#writeWaiting();
      }
    });
  }

  #writeRest(): void {
    let rest = Buffer.from(this.#waiting);
    this.#waiting = '';
    for (let tries = 0; tries < EXIT_WRITE_TRIES && rest.length > 0; tries++) {
      rest = rest.subarray(this.#tryToWrite(rest));
    }
  }

  /** Returns how many octets are off our hands, which are all of them when nobody can take them. */
  #tryToWrite(octets: Buffer): number {
    try {
      return writeSync(this.#fd, octets);
    } catch (error) {
      return isPipeFull(error) ? 0 : octets.length;
    }
  }
}

/** Only a descriptor that somebody made non-blocking says so; others wait. */
function isPipeFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
