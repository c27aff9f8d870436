import { stringifyJson } from '../../json/exact-json.ts';
import type { Json, JsonObject } from '../api-client.ts';
import { apiPath } from '../api-client.ts';
import type { Column } from '../text-table.ts';
import { humanCount, humanOctets } from '../text-table.ts';

/** A column of a list: which fields of an object it needs, and what it makes of them. */
export interface ListColumn extends Column {
  readonly fields: readonly string[];
  text(row: JsonObject): string;
}

/** Something that can be listed. */
export interface ListKind {
  readonly columns: readonly ListColumn[];
  /** Whether things of the kind have names to look for. */
  readonly hasNames: boolean;
  /** @param vhost the only one that matters; undefined: all */
  path(vhost: string | undefined): string;
}

/** The value at a path of names with dots between. */
export function valueAt(row: JsonObject, field: string): Json | undefined {
  return field.split('.').reduce<Json | undefined>((value, name) => (value as JsonObject | null)?.[name], row);
}

/** Any value in a cell: nothing for what is not there, yes and no, JSON for what has parts. */
export function cellText(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toFixed(1);
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(cellText).join(',');
  return Object.entries(value)
    .map(([name, each]) => `${name}=${typeof each === 'object' ? stringifyJson(each) : each}`)
    .join(' ');
}

function text(title: string, field = title): ListColumn {
  return { title, fields: [field], text: (row) => cellText(valueAt(row, field)) };
}

function count(title: string, field = title): ListColumn {
  return { title, side: 'right', fields: [field], text: (row) => countText(valueAt(row, field)) };
}

function countText(value: Json | undefined): string {
  return typeof value === 'number' ? humanCount(value) : cellText(value);
}

/** Events a second. */
function rate(title: string, field: string): ListColumn {
  const rateOf = (row: JsonObject) => humanCount(Math.round(Number(valueAt(row, field) ?? 0)));
  return { title, side: 'right', fields: [field], text: rateOf };
}

function octets(title: string, field: string): ListColumn {
  return { title, side: 'right', fields: [field], text: (row) => humanOctets(Number(valueAt(row, field) ?? 0)) };
}

/** Names of the fields that are true, by what is said of them. */
function flags(words: Readonly<Record<string, string>>): ListColumn {
  const said = (row: JsonObject) => Object.keys(words).filter((field) => row[field] === true);
  return {
    title: 'features',
    fields: Object.keys(words),
    text: (row) =>
      said(row)
        .map((field) => words[field])
        .join(','),
  };
}

/** RabbitMQ's API calls a type that nobody has chosen `undefined`. */
function defaultType(title: string, field: string): ListColumn {
  return { title, fields: [field], text: (row) => (row[field] === 'undefined' ? '' : cellText(row[field])) };
}

/** The exchange without a name is called what rabbitmqadmin's users know it by. */
function exchangeName(title: string, field: string): ListColumn {
  return { title, fields: [field], text: (row) => cellText(row[field]) || '(default)' };
}

const VHOST = text('vhost');
const POLICY_COLUMNS = [
  VHOST,
  text('name'),
  text('pattern'),
  text('apply to', 'apply-to'),
  count('priority'),
  text('definition'),
];
const LIFE = { durable: 'durable', auto_delete: 'auto-delete', exclusive: 'exclusive', internal: 'internal' };

function inVhost(name: string): ListKind['path'] {
  return (vhost) => (vhost === undefined ? apiPath(name) : apiPath(name, vhost));
}

/** What there is of all virtual hosts only is looked through for the one that matters. */
function everywhere(name: string): ListKind['path'] {
  return () => apiPath(name);
}

/** All that `leveret list` knows, with the columns that people want to see first. */
export const LIST_KINDS: Readonly<Record<string, ListKind>> = {
  queues: {
    hasNames: true,
    path: inVhost('queues'),
    columns: [
      VHOST,
      text('name'),
      text('type'),
      flags(LIFE),
      text('state'),
      count('ready', 'messages_ready'),
      count('unacked', 'messages_unacknowledged'),
      count('total', 'messages'),
      count('consumers'),
      rate('in/s', 'message_stats.publish_details.rate'),
      rate('out/s', 'message_stats.deliver_get_details.rate'),
      text('policy'),
    ],
  },
  exchanges: {
    hasNames: true,
    path: inVhost('exchanges'),
    columns: [
      VHOST,
      exchangeName('name', 'name'),
      text('type'),
      flags(LIFE),
      rate('in/s', 'message_stats.publish_in_details.rate'),
      rate('out/s', 'message_stats.publish_out_details.rate'),
      text('arguments'),
      text('policy'),
    ],
  },
  bindings: {
    hasNames: false,
    path: inVhost('bindings'),
    columns: [
      VHOST,
      exchangeName('source', 'source'),
      text('to', 'destination_type'),
      text('destination'),
      text('key', 'routing_key'),
      text('arguments'),
    ],
  },
  connections: {
    hasNames: true,
    path: (vhost) => (vhost === undefined ? apiPath('connections') : apiPath('vhosts', vhost, 'connections')),
    columns: [
      VHOST,
      text('name'),
      text('user'),
      text('state'),
      count('channels'),
      octets('received', 'recv_oct'),
      octets('sent', 'send_oct'),
      text('client', 'client_properties.product'),
    ],
  },
  channels: {
    hasNames: true,
    path: (vhost) => (vhost === undefined ? apiPath('channels') : apiPath('vhosts', vhost, 'channels')),
    columns: [
      VHOST,
      text('name'),
      text('user'),
      { ...flags({ confirm: 'confirm', transactional: 'tx' }), title: 'mode' },
      count('consumers', 'consumer_count'),
      count('prefetch', 'prefetch_count'),
      count('unacked', 'messages_unacknowledged'),
      count('unconfirmed', 'messages_unconfirmed'),
      rate('in/s', 'message_stats.publish_details.rate'),
      rate('out/s', 'message_stats.deliver_get_details.rate'),
    ],
  },
  consumers: {
    hasNames: false,
    path: inVhost('consumers'),
    columns: [
      text('vhost', 'queue.vhost'),
      text('queue', 'queue.name'),
      text('tag', 'consumer_tag'),
      text('channel', 'channel_details.name'),
      text('acks', 'ack_required'),
      text('exclusive'),
      count('prefetch', 'prefetch_count'),
      text('status', 'activity_status'),
      text('arguments'),
    ],
  },
  users: { hasNames: true, path: everywhere('users'), columns: [text('name'), text('tags'), text('limits')] },
  vhosts: {
    hasNames: true,
    path: everywhere('vhosts'),
    columns: [
      text('name'),
      text('description'),
      text('tags'),
      defaultType('queue type', 'default_queue_type'),
      text('tracing'),
      count('ready', 'messages_ready'),
      count('unacked', 'messages_unacknowledged'),
      count('total', 'messages'),
    ],
  },
  permissions: {
    hasNames: false,
    path: (vhost) => (vhost === undefined ? apiPath('permissions') : apiPath('vhosts', vhost, 'permissions')),
    columns: [VHOST, text('user'), text('configure'), text('write'), text('read')],
  },
  'topic-permissions': {
    hasNames: false,
    path: (vhost) =>
      vhost === undefined ? apiPath('topic-permissions') : apiPath('vhosts', vhost, 'topic-permissions'),
    columns: [VHOST, text('user'), exchangeName('exchange', 'exchange'), text('write'), text('read')],
  },
  policies: { hasNames: true, path: inVhost('policies'), columns: POLICY_COLUMNS },
  'operator-policies': { hasNames: true, path: inVhost('operator-policies'), columns: POLICY_COLUMNS },
  parameters: {
    hasNames: true,
    path: everywhere('parameters'),
    columns: [VHOST, text('component'), text('name'), text('value')],
  },
  'global-parameters': {
    hasNames: true,
    path: everywhere('global-parameters'),
    columns: [text('name'), text('value')],
  },
  'vhost-limits': {
    hasNames: false,
    path: inVhost('vhost-limits'),
    columns: [VHOST, text('limits', 'value')],
  },
  'user-limits': { hasNames: false, path: everywhere('user-limits'), columns: [text('user'), text('limits', 'value')] },
};
