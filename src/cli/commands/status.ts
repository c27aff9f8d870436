import type { Command } from 'commander';
import { stringifyJson } from '../../json/exact-json.ts';
import { apiPath, type JsonObject } from '../api-client.ts';
import { ApiError } from '../api-error.ts';
import { CLIENT_COMMANDS } from '../client-commands.ts';
import type { Session } from '../session.ts';
import { humanCount, humanOctets } from '../text-table.ts';
import { visible } from '../visible-text.ts';
import { valueAt } from './list-kinds.ts';

interface Listener {
  readonly protocol: string;
  readonly ip_address: string;
  readonly port: number;
}

const LABEL_CELLS = 12;
const MS_A_MINUTE = 60_000;

export function addStatus(program: Command, session: () => Session): void {
  program
    .command('status')
    .description(CLIENT_COMMANDS.status)
    .addHelpText('after', '\nWhat the node has of memory and disk is for users with the tag monitoring.\n')
    .action(() => status(session()));
}

async function status(session: Session): Promise<void> {
  const api = await session.api();
  const overview = await api.get(apiPath('overview'));
  const node = await nodeFor(session);
  if (session.isJson) {
    session.print(stringifyJson({ overview, node: node ?? null }, 2));
    return;
  }
  const facts = [
    ...broker(overview, api.place.url.host),
    ...(node === undefined ? [] : health(node)),
    ...totals(overview),
  ];
  for (const [label, text] of facts) session.print(session.colors.bold(label.padEnd(LABEL_CELLS)) + visible(text));
}

/** Undefined: it is not for this user to see. */
async function nodeFor(session: Session): Promise<JsonObject | undefined> {
  const api = await session.api();
  try {
    const [node] = await api.get<readonly JsonObject[]>(apiPath('nodes'));
    return node;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

type Fact = readonly [label: string, text: string];

function broker(overview: JsonObject, host: string): Fact[] {
  const { leveret_version: own, product_name: product, product_version: version, cluster_name: name } = overview;
  const listeners = (valueAt(overview, 'listeners') ?? []) as unknown as readonly Listener[];
  const software = own === undefined ? `${product} ${version}` : `Leveret ${own}, as ${product} ${version}`;
  return [
    ['Broker', `${name} at ${host}`],
    ['Software', software],
    ...listeners.map(({ protocol, ip_address: address, port }): Fact => {
      return ['Listens', `${protocol} on ${address.includes(':') ? `[${address}]` : address}:${port}`];
    }),
  ];
}

function health(node: JsonObject): Fact[] {
  const { uptime, mem_used: used, mem_limit: limit, disk_free: free, disk_free_limit: leastFree } = node;
  const { mem_alarm: memoryAlarm, disk_free_alarm: diskAlarm } = node;
  const alarms = [
    ...(memoryAlarm === true ? ['memory is short'] : []),
    ...(diskAlarm === true ? ['disk is short'] : []),
  ];
  return [
    ...(typeof uptime === 'number' ? [['Up', duration(uptime)] as const] : []),
    ['Memory', `${octets(used)} of ${octets(limit)}`],
    ...(typeof free === 'number' ? [['Disk', `${octets(free)} free, limit ${octets(leastFree)}`] as const] : []),
    ['Alarms', alarms.length === 0 ? 'none' : `${alarms.join(', ')}: publishers are held back`],
  ];
}

function totals(overview: JsonObject): Fact[] {
  const objects = Object.entries((valueAt(overview, 'object_totals') ?? {}) as Readonly<Record<string, number>>);
  const of = (field: string) => humanCount(Number(valueAt(overview, field) ?? 0));
  const rate = (name: string) => of(`message_stats.${name}_details.rate`);
  return [
    ['Objects', objects.map(([name, count]) => `${humanCount(count)} ${name}`).join(', ')],
    [
      'Messages',
      `${of('queue_totals.messages_ready')} ready, ${of('queue_totals.messages_unacknowledged')} unacknowledged`,
    ],
    ...(valueAt(overview, 'message_stats') === undefined
      ? []
      : [['Rates', `${rate('publish')}/s in, ${rate('deliver_get')}/s out`] as const]),
  ];
}

function octets(value: unknown): string {
  return typeof value === 'number' ? humanOctets(value) : 'unknown';
}

/** `2 days 3 h`, `5 h 12 min`, `3 min`. */
function duration(ms: number): string {
  const minutes = Math.floor(ms / MS_A_MINUTE);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (days > 0) return `${days} day${days === 1 ? '' : 's'} ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}
