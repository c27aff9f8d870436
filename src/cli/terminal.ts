import type { Readable, Writable } from 'node:stream';

/** What a command reads from and writes to: the process's streams, or what a test has in their place. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How wide standard output is; undefined: it is no screen. */
  readonly widthCells: number | undefined;
  readonly isColored: boolean;
  /** Aborted when the command is to end: Ctrl-C. Before it is asked for, that ends the process at once. */
  interruption(): AbortSignal;
  /** Asks whoever sits there for a secret, which is not shown; undefined: nobody sits there. */
  askSecret(question: string): Promise<string> | undefined;
}
