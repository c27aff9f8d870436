import { join } from 'node:path';
import { DataDirectoryError } from '../disk/data-directory-error.ts';
import type { DurableStore } from './durable-store.ts';
import { parseBodyFileName } from './large-bodies.ts';
import { parseSegmentName, type SegmentFiles, type SegmentName, segmentName } from './segment-files.ts';

/** The segments by number. Spare files are removed. @throws DataDirectoryError if one is missing that should be there */
export function segmentsThatAreThere(segmentFiles: SegmentFiles): SegmentName[] {
  const { files, path } = segmentFiles;
  for (const name of files.list(path)) if (name.endsWith('.spare')) files.remove(join(path, name));
  const names = segmentNamesIn(segmentFiles).sort((a, b) => a.number - b.number);
  refuseMissing(segmentFiles, names);
  return names;
}

function segmentNamesIn({ files, path }: SegmentFiles): SegmentName[] {
  const names = files.list(path).map(parseSegmentName);
  return names.filter((name) => name !== undefined);
}

function refuseMissing({ expected, path }: SegmentFiles, names: readonly SegmentName[]): void {
  const there = new Set(names.map(segmentName));
  const missing = [...expected].find((name) => !there.has(name));
  if (missing === undefined) return;
  throw new DataDirectoryError(
    `${join(path, missing)} is missing, and the messages in it`,
    'restore it, or put an empty file of that name in its place to start without them',
  );
}

/**
 * Removes bodies whose record never reached the disk, or is gone, and ack files without a segment. A body goes at once if
 * another message may come to have its order; else when it is not needed to tell what has become of a transaction.
 *
 * @param mayRemoveBodies all records have been seen
 * @param bodyLeftOver told of each body before it is removed
 */
export function removeOrphans(
  store: DurableStore,
  mayRemoveBodies: boolean,
  bodyLeftOver: (path: string) => void,
): void {
  const { files, path } = store.segmentFiles;
  const segments = new Set(segmentNamesIn(store.segmentFiles).map(({ number }) => number));
  for (const name of files.list(path)) {
    const order = parseBodyFileName(name);
    const isOrphanBody = mayRemoveBodies && order !== undefined && !store.bodies.has(order);
    const isOrphanAcks = name.endsWith('.acks') && !segments.has(Number.parseInt(name, 10));
    if (isOrphanBody) bodyLeftOver(join(path, name));
    if (isOrphanBody && order < store.nextOrder) store.retirement.whenNotNeeded(() => store.bodies.remove(order));
    else if (isOrphanBody || isOrphanAcks) files.remove(join(path, name));
  }
}
