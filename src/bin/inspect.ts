import pc from 'picocolors';
import { inspectDataDirectory } from '../storage/inspection.ts';
import type { InspectCommand } from './command-line.ts';
import { inspectionText } from './inspection-text.ts';

const STATUS_DAMAGED = 1;

/**
 * Prints what a data directory holds, and returns the exit status. @throws DataDirectoryError if it is none, or one that this
 * version can't read
 */
export function inspect({ path, isJson }: InspectCommand): number {
  const report = inspectDataDirectory(path);
  process.stdout.write(isJson ? `${JSON.stringify(report, undefined, 2)}\n` : inspectionText(report, pc));
  return report.damages.length === 0 ? 0 : STATUS_DAMAGED;
}
