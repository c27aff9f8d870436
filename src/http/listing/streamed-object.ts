import { Readable } from 'node:stream';
import { stringifyJson } from '../../json/exact-json.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import { TimeSlices } from '../../time/time-slices.ts';
import type { JsonObject } from './columns.ts';
import type { Columns } from './list-query.ts';
import { CHUNK_LENGTH } from './listing.ts';

/** An object with fields that are lists of very many objects, each made when it is asked for. */
export class StreamedObject {
  readonly fields: Readonly<Record<string, Json | Iterable<JsonObject>>>;

  constructor(fields: StreamedObject['fields']) {
    this.fields = fields;
  }
}

/** The object as JSON, made in slices of time and as fast as it is read. */
export function streamedReply({ fields }: StreamedObject, columns: Columns | undefined): Readable {
  return Readable.from(json(Object.entries(fields).filter(([name]) => columns?.has(name) ?? true)));
}

async function* json(fields: readonly (readonly [string, Json | Iterable<JsonObject>])[]): AsyncGenerator<string> {
  const slices = new TimeSlices();
  let chunk = '{';
  for (const [index, [name, field]] of fields.entries()) {
    chunk += `${index === 0 ? '' : ','}${stringifyJson(name)}:`;
    for (const text of texts(field)) {
      chunk += text;
      if (chunk.length >= CHUNK_LENGTH) {
        yield chunk;
        chunk = '';
      }
      if (slices.isOver) await slices.next();
    }
  }
  yield `${chunk}}`;
}

function* texts(field: Json | Iterable<JsonObject>): Generator<string> {
  if (!isList(field)) {
    yield stringifyJson(field);
    return;
  }
  let separator = '[';
  for (const object of field) {
    yield separator + stringifyJson(object);
    separator = ',';
  }
  yield separator === '[' ? '[]' : ']';
}

function isList(field: Json | Iterable<JsonObject>): field is Iterable<JsonObject> {
  return typeof field === 'object' && field !== null && Symbol.iterator in field;
}
