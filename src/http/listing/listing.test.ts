import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { countTurns, STEPS_IN_A_SLICE } from '../../time/time-slices.test.helper.ts';
import type { JsonObject } from './columns.ts';
import { readListQuery } from './list-query.ts';
import { listing, listReply } from './listing.ts';
import { StreamedObject, streamedReply } from './streamed-object.ts';

const ITEMS = Array.from({ length: 20 * STEPS_IN_A_SLICE }, (_, n): JsonObject => ({ name: `n${n}`, n }));

test('a long list is looked at, and written, in slices', async (t) => {
  let json = '';
  const reply = async () => {
    json = await text(
      await listReply(
        listing(ITEMS, (item) => item, ['n']),
        readListQuery({}),
      ),
    );
  };
  assert.ok((await countTurns(t, reply)) >= 40);
  assert.deepEqual(JSON.parse(json), ITEMS);
});

test('little is looked at of items that are not sent, unless they are sorted by something else', async () => {
  let viewed = 0;
  const view = (item: JsonObject) => {
    viewed++;
    return item;
  };
  const pageOf = async (query: string) => {
    viewed = 0;
    const list = listing(ITEMS, view, ['name'], ({ name }) => ({ name: name! }));
    const json = await text(await listReply(list, readListQuery(Object.fromEntries(new URLSearchParams(query)))));
    return (JSON.parse(json) as { items: JsonObject[] }).items.map(({ n }) => n);
  };
  assert.deepEqual(await pageOf('page=1&page_size=3'), [0, 1, 10]);
  assert.equal(viewed, 3);
  assert.deepEqual(await pageOf('page=1&page_size=2&sort=name&sort_reverse=true&name=n1'), [199, 198]);
  assert.equal(viewed, 2);
  assert.deepEqual(await pageOf('page=1&page_size=3&sort=n'), [0, 1, 2]);
  assert.equal(viewed, ITEMS.length + 3);
});

test('so is an object with long lists in it', async (t) => {
  let json = '';
  const reply = async () => {
    json = await text(streamedReply(new StreamedObject({ version: '1', items: ITEMS, none: [] }), undefined));
  };
  assert.ok((await countTurns(t, reply)) >= 20);
  assert.deepEqual(JSON.parse(json), { version: '1', items: ITEMS, none: [] });
});

test('an object has the fields that are asked for', async () => {
  const columns = new Map([['version', undefined]]);
  assert.equal(
    await text(streamedReply(new StreamedObject({ version: '1', items: ITEMS }), columns)),
    '{"version":"1"}',
  );
});
