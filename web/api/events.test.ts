import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventsOf } from './events.ts';

test('events are put together from whatever parts they come in, and comments are passed over', async () => {
  const octets = new TextEncoder().encode(': open\n\ndata: {"a":"é"}\n\ndata: 2\n\n: quiet\n\ndata: unfinished');
  for (const size of [1, 3, 7, 1000]) {
    const parts = Array.from({ length: Math.ceil(octets.length / size) }, (_, i) =>
      octets.subarray(i * size, (i + 1) * size),
    );
    const events: string[] = [];
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const part of parts) controller.enqueue(part);
        controller.close();
      },
    });
    for await (const event of eventsOf(body)) events.push(event);
    assert.deepEqual(events, ['{"a":"é"}', '2']);
  }
});
