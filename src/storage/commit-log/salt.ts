import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { DataDirectoryError } from '../disk/data-directory-error.ts';
import type { DataFile, Files } from '../disk/files.ts';
import { isMediumError } from '../disk/system-error.ts';
import { replaceWholeNow } from '../disk/whole-file.ts';
import { readSegmentHeader, SEGMENT_HEADER_OCTETS, type SegmentHeader } from './segment.ts';
import { parseSegmentName } from './segment-files.ts';

const SALT_FILE = 'salt';
const LARGEST_SALT = 0x7fffffff;

/** The secret that checksums begin with: in a file of its own, and in each segment's header. A new log gets one. */
export function readSalt(files: Files, path: string): number {
  const stored = storedSalt(files, path);
  if (stored !== undefined) return stored;
  const salt = randomInt(1, LARGEST_SALT);
  replaceWholeNow(files, join(path, SALT_FILE), Buffer.from(`${salt.toString(16).padStart(8, '0')}\n`));
  return salt;
}

/** Undefined: there is none yet. @throws DataDirectoryError if it is lost, so that nothing can be checked */
export function storedSalt(files: Files, path: string): number | undefined {
  const segments = files.list(path).filter((name) => parseSegmentName(name) !== undefined);
  for (const name of segments) {
    const header = readHeaderOf(files, join(path, name));
    if (header !== undefined) return header.salt;
  }
  const saltPath = join(path, SALT_FILE);
  if (!files.exists(saltPath)) return undefined;
  const salt = readSaltFile(files.open(saltPath));
  if (salt === undefined && segments.length > 0) {
    throw new DataDirectoryError(
      `${saltPath} is damaged, and so are all segments' headers`,
      'restore it from a backup',
    );
  }
  return salt;
}

/** The header of the segment in the file; undefined: there is none, or it is damaged, or can't be read. */
export function readHeaderOf(files: Files, path: string): SegmentHeader | undefined {
  try {
    return readableHeaderOf(files, path);
  } catch (error) {
    if (isMediumError(error)) return undefined; // recovery tells of it
    throw error;
  }
}

function readableHeaderOf(files: Files, path: string): SegmentHeader | undefined {
  const file = files.open(path);
  try {
    const octets = Buffer.alloc(SEGMENT_HEADER_OCTETS);
    file.read(octets, 0, SEGMENT_HEADER_OCTETS, 0);
    return readSegmentHeader(new Int32Array(octets.buffer, octets.byteOffset, SEGMENT_HEADER_OCTETS >> 2), 0);
  } finally {
    file.close();
  }
}

function readSaltFile(file: DataFile): number | undefined {
  const octets = Buffer.alloc(9);
  const length = file.read(octets, 0, octets.length, 0);
  file.close();
  const text = octets.toString('latin1', 0, length);
  return /^[0-9a-f]{8}\n$/.test(text) ? Number.parseInt(text, 16) : undefined;
}
