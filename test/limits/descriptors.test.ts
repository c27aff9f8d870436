import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerProcess, SKIP } from '../support/broker-process.ts';
import { RawPeer } from '../support/raw-peer.ts';

const DESCRIPTORS = 160;

/** The connections that were accepted of so many attempts; the others are closed before a word is said. */
async function tryToOpen(port: number, attempts: number): Promise<RawPeer[]> {
  const opened = Array.from({ length: attempts }, () => RawPeer.open(port).catch(() => undefined));
  return (await Promise.all(opened)).filter((peer) => peer !== undefined);
}

test('out of file descriptors, the connected are served, and others once some have left', { skip: SKIP }, async (t) => {
  await using broker = await BrokerProcess.start([], DESCRIPTORS);
  const peers = await tryToOpen(broker.port, 2 * DESCRIPTORS);
  t.diagnostic(`${peers.length} connections with ${DESCRIPTORS} descriptors`);
  assert.ok(peers.length > DESCRIPTORS / 2 && peers.length < DESCRIPTORS);
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(await tryToOpen(broker.port, 20), []);
    await Promise.all(peers.map((peer) => peer.roundTrip()));
    assert.ok(broker.isRunning);

    const leaving = peers.splice(0, 10);
    await Promise.all(leaving.map((peer) => peer.close()));
    const deadlineMs = performance.now() + 5000;
    for (let missing = leaving.length; missing > 0; missing = DESCRIPTORS) {
      peers.push(...(await tryToOpen(broker.port, leaving.length)));
      if (peers.length >= DESCRIPTORS - 50) break;
      assert.ok(performance.now() < deadlineMs, 'nobody is accepted any more');
    }
  }
  await Promise.all(peers.map((peer) => peer.close()));
});
