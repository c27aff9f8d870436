// npm start: installs and builds what is missing, then runs the command in this process, so that signals reach it.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensureInstalled, root } from './project.mjs';

ensureInstalled();
ensureBuilt();
process.env.LEVERET_LOG_FORMAT ||= 'human';
await import(pathToFileURL(join(root, 'dist/bin/leveret.js')).href);
