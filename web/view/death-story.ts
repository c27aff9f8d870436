import type { Table } from '../api/answers.ts';
import type { Texts } from '../text/english.ts';
import { formatDuration, formatMoment } from './format.ts';

/** What the header `x-death` says of a queue that a message died in for a reason. */
interface Death {
  readonly queue: string;
  readonly reason: string;
  readonly count: number;
  /** Seconds since 1970. */
  readonly time: number | undefined;
  readonly exchange: string;
  readonly routingKeys: readonly string[];
  /** Milliseconds that it was to live. */
  readonly expirationMs: number | undefined;
}

/** What a dead letter has gone through, the oldest first: one sentence for each entry of `x-death`. Empty: it has not died. */
export function deathStory(properties: Table, texts: Texts, language: string): string[] {
  const { headers } = properties as { readonly headers?: Table };
  return deathsIn(headers?.['x-death']).map((death, index) => {
    const then = index === 0 ? '' : texts.storyThen;
    const came = texts.cameBy(death.exchange || texts.defaultExchange, death.routingKeys.join(', '));
    return `${then}${came}${sentence(death, texts, language)}`;
  });
}

/** The oldest first. What is no entry was put there by a client, and is passed over. */
function deathsIn(header: unknown): Death[] {
  if (!Array.isArray(header)) return [];
  return header.flatMap((entry) => deathOf(entry)).reverse();
}

function deathOf(entry: unknown): Death[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const {
    queue,
    reason,
    count,
    time,
    exchange,
    'routing-keys': keys,
    'original-expiration': expiration,
  } = entry as Readonly<Record<string, unknown>>;
  if (typeof queue !== 'string' || typeof reason !== 'string') return [];
  return [
    {
      queue,
      reason,
      count: typeof count === 'number' ? count : 1,
      time: typeof time === 'number' ? time : undefined,
      exchange: typeof exchange === 'string' ? exchange : '',
      routingKeys: Array.isArray(keys) ? keys.map(String) : [],
      expirationMs: typeof expiration === 'string' && expiration !== '' ? Number(expiration) : undefined,
    },
  ];
}

function sentence({ queue, reason, count, time, expirationMs }: Death, texts: Texts, language: string): string {
  const what = whatOf(queue, reason, texts);
  const after = expirationMs === undefined ? '' : texts.afterTime(shortDuration(expirationMs));
  const times = count > 1 ? texts.severalTimes(count.toLocaleString(language)) : '';
  const last = time === undefined ? '' : texts.lastTime(formatMoment(time * 1000));
  return `${what}${after}${times}${last}`;
}

function whatOf(queue: string, reason: string, texts: Texts): string {
  switch (reason) {
    case 'expired':
      return texts.diedExpired(queue);
    case 'rejected':
      return texts.diedRejected(queue);
    case 'maxlen':
      return texts.diedMaxlen(queue);
    case 'delivery_limit':
      return texts.diedDeliveryLimit(queue);
    default:
      return texts.diedOtherwise(queue, reason);
  }
}

function shortDuration(durationMs: number): string {
  return durationMs < 1000 ? `${durationMs} ms` : formatDuration(durationMs);
}
