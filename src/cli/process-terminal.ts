import { constants } from 'node:os';
import pc from 'picocolors';
import { askSecret } from './ask-secret.ts';
import type { Terminal } from './terminal.ts';

const SIGNAL_STATUS_BASE = 128;

/** The streams and signals of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  return {
    get stdin() {
      return stdin;
    },
    stdout,
    stderr,
    env,
    widthCells: stdout.isTTY ? stdout.columns : undefined,
    isColored: pc.isColorSupported && stdout.isTTY,
    interruption,
    askSecret: (question) => (stdin.isTTY && stderr.isTTY ? askSecret(question, stdin, stderr) : undefined),
  };
}

/** Whoever signals a second time does not want to wait. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const stop = (signal: 'SIGINT' | 'SIGTERM') => {
    if (controller.signal.aborted) process.exit(SIGNAL_STATUS_BASE + constants.signals[signal]);
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}
