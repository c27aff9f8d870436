// npm start: installs and builds what is missing, then runs the command in this process, so that signals reach it.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensureInstalled, root } from './project.mjs';

const ORPHAN_CHECK_MS = 250;

ensureInstalled();
ensureBuilt();
process.env.LEVERET_LOG_FORMAT ||= 'human';
if (process.env.npm_lifecycle_event === 'start') stopWhenOrphaned();
await import(pathToFileURL(join(root, 'dist/bin/leveret.js')).href);

/** Who stops npm stops the shell that npm runs us in, and not us: so that shell's end is our signal. */
function stopWhenOrphaned() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, ORPHAN_CHECK_MS);
  timer.unref();
}
