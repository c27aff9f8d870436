import type pc from 'picocolors';
import { type Column, humanCount, humanOctets, textTable } from '../cli/text-table.ts';
import type { DamageReport, SegmentReport } from '../storage/commit-log/log-report.ts';
import type { DirectoryReport, QueueReport } from '../storage/inspection.ts';

type Colors = ReturnType<typeof pc.createColors>;

const SEGMENT_COLUMNS: readonly Column[] = [
  { title: 'segment', side: 'right' },
  { title: 'kind' },
  { title: 'size', side: 'right' },
  { title: 'used', side: 'right' },
  { title: 'records', side: 'right' },
  { title: 'live', side: 'right' },
  { title: '', side: 'right' },
  { title: 'dead', side: 'right' },
  { title: '', side: 'right' },
  { title: 'first message' },
  { title: 'last message' },
];

const QUEUE_COLUMNS: readonly Column[] = [
  { title: 'queue', side: 'right' },
  { title: 'vhost' },
  { title: 'name' },
  { title: 'messages', side: 'right' },
  { title: 'bodies', side: 'right' },
];

const EXCHANGE_COLUMNS: readonly Column[] = [{ title: 'exchange', side: 'right' }, ...QUEUE_COLUMNS.slice(1)];

const DAMAGE_COLUMNS: readonly Column[] = [
  { title: 'file' },
  { title: 'offset', side: 'right' },
  { title: 'size', side: 'right' },
  { title: 'what is wrong' },
];

/** A report as people read it. */
export function inspectionText(report: DirectoryReport, colors: Colors): string {
  const { path, format, lockedByPid, log, queues, exchanges, damages, unfinished } = report;
  const inUse = lockedByPid === undefined ? 'no broker runs on it' : `process ${lockedByPid} runs a broker on it`;
  const lines = [`${colors.bold(path)}: data directory of format ${format}, ${inUse}`];
  if (lockedByPid !== undefined) {
    lines.push(
      colors.yellow(
        'What follows was read while it may have been written: parts of it are of different moments, and what',
      ),
      colors.yellow('was being written may look damaged. Stop the broker to be certain.'),
    );
  }
  const section = (columns: readonly Column[], rows: readonly (readonly string[])[]) => {
    if (rows.length > 0) lines.push('', ...textTable(columns, rows, colors.bold));
  };
  section(SEGMENT_COLUMNS, log.segments.map(segmentRow));
  section(QUEUE_COLUMNS, queues.map(queueRow));
  section(EXCHANGE_COLUMNS, exchanges.map(queueRow));
  lines.push('', ...totals(report).map(([name, text]) => `${colors.bold(name.padEnd(12))}${text}`));
  section(
    [...DAMAGE_COLUMNS.slice(0, 3), { title: 'left unfinished by a crash, cut off at the next start' }],
    unfinished.map((rest) => damageRow({ ...rest, reason: '' })),
  );
  section(DAMAGE_COLUMNS, damages.map(damageRow));
  lines.push('', damages.length === 0 ? colors.green('No damage was found.') : colors.red(damageLine(damages.length)));
  return `${lines.join('\n')}\n`;
}

function segmentRow(segment: SegmentReport): string[] {
  const { number, kind, sizeOctets, usedOctets, isReserved, records } = segment;
  return [
    String(number),
    isReserved ? `${kind}, reserved` : kind,
    humanOctets(sizeOctets),
    humanOctets(usedOctets),
    humanCount(records),
    humanCount(segment.liveRecords),
    humanOctets(segment.liveOctets),
    humanCount(segment.deadRecords),
    humanOctets(segment.deadOctets),
    time(segment.firstTimestampMs),
    time(segment.lastTimestampMs),
  ];
}

function time(timestampMs: number | undefined): string {
  if (timestampMs === undefined) return '';
  return `${new Date(timestampMs).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length).replace('T', ' ')}Z`;
}

function queueRow({ number, vhost, name, messages, octets }: QueueReport): string[] {
  return [String(number), printable(vhost), printable(name), humanCount(messages), humanOctets(octets)];
}

/** Names are whatever clients have called things: nothing that a terminal would act on. */
function printable(name: string): string {
  return name.replaceAll(/\p{C}/gu, '�');
}

function totals({
  log,
  definitions,
  identities,
  quarantined,
  diskOctets,
}: DirectoryReport): [name: string, text: string][] {
  const { messages, liveOctets, bodies, leftovers } = log;
  const kinds = Object.entries(definitions).filter(([, count]) => count > 0);
  return [
    ['Definitions', kinds.map(([kind, count]) => `${kind}: ${humanCount(count)}`).join(', ') || 'none'],
    ['Messages', `${humanCount(messages)}, ${humanOctets(liveOctets)}${besideText(bodies)}`],
    ...(identities === 0 ? [] : [['Identities', humanCount(identities)] as [string, string]]),
    ['Disk', `${humanOctets(diskOctets)}${leftovers.length === 0 ? '' : `, with ${leftoversText(leftovers.length)}`}`],
    ...(quarantined.length === 0
      ? []
      : [['Quarantine', `${counted(quarantined.length, 'part')} set aside at earlier starts`] as [string, string]]),
  ];
}

function besideText({ files, octets }: DirectoryReport['log']['bodies']): string {
  return files === 0 ? '' : `; of that ${humanOctets(octets)} in ${counted(files, 'file')} of large bodies`;
}

function leftoversText(count: number): string {
  return `${counted(count, 'file')} that the next start removes`;
}

function counted(count: number, thing: string): string {
  return `${humanCount(count)} ${thing}${count === 1 ? '' : 's'}`;
}

function damageRow({ file, offset, sizeOctets, reason }: DamageReport): string[] {
  return [file, String(offset), String(sizeOctets), reason];
}

function damageLine(count: number): string {
  return count === 1 ? 'One part is damaged.' : `${humanCount(count)} parts are damaged.`;
}
