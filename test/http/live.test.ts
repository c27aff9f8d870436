import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Management } from '../support/management.ts';

let management: Management;

before(async () => {
  management = await Management.start({ logLevel: 'warn', logFormat: 'json' });
});

after(() => management[Symbol.asyncDispose]());

/** News as they come from an event stream. */
class Events implements AsyncDisposable {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private buffered = '';

  private constructor(response: Response) {
    this.reader = response.body!.getReader();
  }

  static async open(path: string, user = 'guest'): Promise<Events> {
    const headers = { authorization: `Basic ${btoa(`${user}:${user}`)}` };
    const response = await fetch(`${management.broker.managementUrl}/api${path}`, { headers });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    const events = new Events(response);
    assert.equal(await events.block(), ': open'); // it is watched from now on
    return events;
  }

  /** What stands before the next empty line; undefined: it is over. */
  async block(): Promise<string | undefined> {
    for (;;) {
      const end = this.buffered.indexOf('\n\n');
      if (end >= 0) {
        const block = this.buffered.slice(0, end);
        this.buffered = this.buffered.slice(end + 2);
        return block;
      }
      const { value, done } = await this.reader.read();
      if (done) return undefined;
      this.buffered += new TextDecoder().decode(value);
    }
  }

  async next<T>(): Promise<T> {
    const block = await this.block();
    assert.match(block ?? '', /^data: /);
    return JSON.parse(block!.slice('data: '.length)) as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.reader.cancel();
  }
}

interface TraceNews {
  readonly dropped: number;
  readonly messages: readonly Record<string, unknown>[];
}

describe('trace', () => {
  test('shows who publishes what and who gets it, as far as it is asked for', async () => {
    const channel = await (await management.connect()).createConfirmChannel();
    await channel.assertQueue('seen');
    await channel.bindQueue('seen', 'amq.topic', 'a.#');
    await using events = await Events.open('/trace/%2F?exchange=amq.topic&routing_key=a.*&user=guest');
    channel.publish('amq.topic', 'a.b', Buffer.from('body'), { headers: { h: 1 }, contentType: 'text/plain' });
    channel.publish('amq.topic', 'a.b.c', Buffer.from('another key'));
    channel.publish('', 'seen', Buffer.from('another exchange'));
    await channel.waitForConfirms();
    await channel.get('seen', { noAck: true });
    const messages: Record<string, unknown>[] = [];
    while (messages.length < 2) messages.push(...(await events.next<TraceNews>()).messages);
    assert.deepEqual(
      messages.map(({ kind, routing_keys, queues, payload }) => [kind, routing_keys, queues, payload]),
      [
        ['publish', ['a.b'], ['seen'], 'body'],
        ['deliver', ['a.b'], ['seen'], 'body'],
      ],
    );
    const [{ user, exchange, properties, payload_bytes: size }] = messages as [Record<string, unknown>];
    assert.deepEqual([user, exchange, size], ['guest', 'amq.topic', 4]);
    assert.deepEqual(properties, { content_type: 'text/plain', headers: { h: 1 } });
    await channel.deleteQueue('seen');
  });

  test('shows what is published and got over HTTP', async () => {
    await using events = await Events.open('/trace/%2F?queue=http');
    await management.request('PUT', '/queues/%2F/http', { body: {} });
    const body = { properties: {}, routing_key: 'http', payload: 'p', payload_encoding: 'string' };
    await management.request('POST', '/exchanges/%2F/amq.default/publish', { body, user: 'management' });
    const getting = { count: 1, ackmode: 'ack_requeue_false', encoding: 'auto' };
    await management.request('POST', '/queues/%2F/http/get', { body: getting });
    const messages: Record<string, unknown>[] = [];
    while (messages.length < 2) messages.push(...(await events.next<TraceNews>()).messages);
    assert.deepEqual(
      messages.map(({ kind, user, connection, channel, payload }) => [kind, user, connection, channel, payload]),
      [
        ['publish', 'management', 'HTTP API', 1, 'p'],
        ['deliver', 'guest', 'HTTP API', 1, 'p'],
      ],
    );
    await management.request('DELETE', '/queues/%2F/http');
  });

  test('keeps few messages for those who do not keep up, and says how many it has dropped', async () => {
    const channel = await (await management.connect()).createConfirmChannel();
    await using events = await Events.open('/trace/%2F?exchange=amq.fanout');
    for (let i = 0; i < 1000; i++) channel.publish('amq.fanout', 'k', Buffer.from('x'));
    await channel.waitForConfirms();
    let [shown, dropped] = [0, 0];
    while (shown + dropped < 1000) {
      const news = await events.next<TraceNews>();
      shown += news.messages.length;
      dropped += news.dropped;
    }
    assert.equal(shown + dropped, 1000);
    assert.ok(dropped > 0);
  });

  test('is for administrators, and for virtual hosts that there are', async () => {
    for (const user of ['monitoring', 'policymaker', 'management']) {
      assert.equal((await management.request('GET', '/trace/%2F', { user })).status, 401, user);
    }
    assert.equal((await management.request('GET', '/trace/nowhere')).status, 404);
    assert.equal((await management.request('HEAD', '/trace/%2F')).status, 200);
  });

  test('ends when the virtual host is deleted', async () => {
    await management.request('PUT', '/vhosts/short-lived', { body: {} });
    await using events = await Events.open('/trace/short-lived');
    await management.request('DELETE', '/vhosts/short-lived');
    assert.equal(await events.block(), undefined);
  });

  test('there are not more than 32 at a time', async () => {
    const open: Events[] = [];
    for (let i = 0; i < 32; i++) open.push(await Events.open('/trace/other'));
    assert.equal((await management.request('GET', '/trace/other')).status, 503);
    await Promise.all(open.map((events) => events[Symbol.asyncDispose]()));
  });
});

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

describe('the log', () => {
  test('shows its last lines, by level and text, and new ones', async () => {
    await using events = await Events.open('/logs/live?text=INVALID', 'monitoring');
    await assert.rejects(management.connect('nobody-knows'));
    const { lines } = await events.next<{ lines: readonly LogLine[] }>();
    const { level, message, fields } = lines.at(-1)!;
    const { user } = fields;
    assert.deepEqual([level, message, user], ['warn', 'login refused: invalid credentials', 'nobody-knows']);
    const shown = async (query: string) => {
      const { lines } = await management.get<{ lines: readonly LogLine[] }>(`/logs${query}`, 'monitoring');
      return lines.map((line) => line.message);
    };
    assert.deepEqual(await shown('?text=nobody-knows&level=warn'), ['login refused: invalid credentials']);
    assert.deepEqual(await shown('?text=nobody-knows&level=error'), []);
    assert.equal((await management.request('GET', '/logs?level=loud')).status, 400);
  });

  test('is for those who monitor', async () => {
    for (const user of ['policymaker', 'management']) {
      assert.equal((await management.request('GET', '/logs', { user })).status, 401, user);
    }
  });
});

test('a broker that stops does not wait for those who look on', async () => {
  const other = await Management.start();
  const headers = { authorization: `Basic ${btoa('guest:guest')}` };
  const response = await fetch(`${other.broker.managementUrl}/api/trace/%2F`, { headers });
  const ended = response.text();
  await other[Symbol.asyncDispose]();
  assert.equal(await ended, ': open\n\n'); // what is cut off, as happens to those who are waited for, rejects
});
