import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Where the build puts them. They are read when the server starts: all of them together are small. */
const DIRECTORY = new URL('../web/', import.meta.url);

const FILES: readonly (readonly [path: string, file: string, type: string])[] = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/app.js', 'app.js', 'text/javascript; charset=utf-8'],
  ['/style.css', 'style.css', 'text/css; charset=utf-8'],
  ['/favicon.svg', 'favicon.svg', 'image/svg+xml'],
  ['/licences.txt', 'licences.txt', 'text/plain; charset=utf-8'],
];

/** Nothing but what comes from here: names of queues are no programs, whatever is in them. */
const HEADERS = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // Asked for each time, and mostly answered with 304: after an update nobody sees a mixture.
  'cache-control': 'no-cache',
};

/** Serves the web UI, if it was built; it logs in at the API like any other client. Returns whether there is one. */
export async function addWebUi(app: FastifyInstance): Promise<boolean> {
  const files = await readFiles();
  for (const file of files) {
    app.get(file.path, (request, reply) => send(file, request, reply));
  }
  return files.length > 0;
}

interface WebFile {
  readonly path: string;
  readonly type: string;
  readonly content: Buffer;
  readonly gzipped: Buffer;
  readonly etag: string;
}

/** All files; none: there is no build of them, as where only the compiler was run. */
async function readFiles(): Promise<WebFile[]> {
  try {
    return await Promise.all(
      FILES.map(async ([path, file, type]) => {
        const content = await readFile(new URL(file, DIRECTORY));
        const etag = `"${createHash('sha256').update(content).digest('base64url')}"`;
        return { path, type, content, gzipped: await promisify(gzip)(content), etag };
      }),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return [];
  }
}

function send(
  { type, content, gzipped, etag }: WebFile,
  { headers }: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  void reply.headers({ ...HEADERS, etag, vary: 'accept-encoding' });
  if (headers['if-none-match'] === etag) return reply.code(304).send();
  void reply.type(type);
  const isGzipped = String(headers['accept-encoding'] ?? '').includes('gzip');
  return isGzipped ? reply.header('content-encoding', 'gzip').send(gzipped) : reply.send(content);
}
