import type { SampleRange } from '../../observe/history.ts';
import { badRequest } from '../http-error.ts';
import type { Query } from './list-query.ts';

/** Which samples are asked for: of lengths, of message rates, of octets, of the node. Undefined: none. */
export interface SampleRanges {
  readonly lengths: SampleRange | undefined;
  readonly messages: SampleRange | undefined;
  readonly octets: SampleRange | undefined;
  readonly node: SampleRange | undefined;
}

/** `lengths_age=60&lengths_incr=5` and the like, in seconds. @throws HttpError 400 if they are no numbers */
export function readSampleRanges(query: Query): SampleRanges {
  return {
    lengths: readRange(query, 'lengths'),
    messages: readRange(query, 'msg_rates'),
    octets: readRange(query, 'data_rates'),
    node: readRange(query, 'node_stats'),
  };
}

function readRange(query: Query, kind: string): SampleRange | undefined {
  const age = readSeconds(query[`${kind}_age`], `${kind}_age`);
  const increment = readSeconds(query[`${kind}_incr`], `${kind}_incr`);
  if (age === undefined || increment === undefined) return undefined;
  return { ageMs: age * 1000, incrementMs: increment * 1000 };
}

function readSeconds(text: Query[string], name: string): number | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== 'string' || !/^\d{1,9}$/.test(text)) throw badRequest(`invalid ${name}`);
  return Number(text);
}
