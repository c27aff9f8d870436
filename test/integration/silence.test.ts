import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startBroker } from 'leveret';
import { LIBRARIES } from '../support/clients/libraries.ts';
import { WireClient } from '../support/wire-client.ts';

const HEARTBEAT_S = 1;

describe('clients that say nothing', { concurrency: true }, () => {
  test('are dropped when they had promised heartbeats, and only then', async () => {
    await using broker = await startBroker({ port: 0, heartbeatS: HEARTBEAT_S });
    const beating = await Promise.all(
      LIBRARIES.map((library) => library.connect(broker.url, { heartbeatS: HEARTBEAT_S })),
    );
    const promisedNothing = await WireClient.open(broker.url, { tune: { heartbeat: 0 } });
    const beganMs = performance.now(); // before its last word, which the broker has heard before its answer is here
    const silent = await WireClient.open(broker.url, { tune: { heartbeat: HEARTBEAT_S } });

    await silent.expectSocketClosed();
    const silenceMs = performance.now() - beganMs;
    assert.ok(silenceMs >= 2000, `dropped after ${silenceMs} ms`);
    // The broker has kept its side of the promise: one every half second, unless it was held up itself.
    assert.ok(silent.heartbeats.size >= 2, `${silent.heartbeats.size} heartbeats`);
    assert.equal(promisedNothing.heartbeats.size, 0);

    await promisedNothing.channel();
    for (const connection of beating) await connection.channel();
    for (const connection of beating) await connection.close();
    await promisedNothing.close();
  });

  test('are dropped when they do not finish the handshake in time', async () => {
    await using broker = await startBroker({ port: 0, handshakeTimeoutMs: 300 });
    const finished = await WireClient.open(broker.url);
    const mute = await WireClient.dial(broker.url);
    const polite = await WireClient.dial(broker.url);
    await polite.greet();
    const known = await WireClient.dial(broker.url);
    await known.login();
    await known.control.expect('connection.tune');

    for (const client of [mute, polite, known]) await client.expectSocketClosed();
    await finished.channel();
    await finished.close();
  });

  test('do not keep a broker from closing for long', async () => {
    const broker = await startBroker({ port: 0 });
    const client = await WireClient.open(broker.url);
    await broker.close();
    await client.control.expect('connection.close');
    await client.expectSocketClosed();
  });
});
