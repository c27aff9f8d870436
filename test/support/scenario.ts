import { randomBytes } from 'node:crypto';
import type { MethodArguments } from '#src/protocol/methods.js';
import { atEnd, brokerUrl } from './broker.ts';
import type { WireChannel } from './wire-channel.ts';
import { WireClient, type WireOptions } from './wire-client.ts';

/** Names of this run, so that a broker that has served another run, or serves one now, is no obstacle. */
const RUN = randomBytes(4).toString('hex');
let names = 0;

/** Clears away after every test of the file, by a connection that no test meddles with. */
let janitor: WireChannel | undefined;

/** Makes a test of a function: it gets a scenario of its own, which is cleared away after it. */
export function scenario(play: (scenario: Scenario) => Promise<void>): () => Promise<void> {
  return async () => {
    const stage = new Scenario();
    try {
      await play(stage);
    } finally {
      await stage.clear();
    }
  };
}

/** What a test needs: connections, and names that nobody else uses. */
export class Scenario {
  private readonly clients: WireClient[] = [];
  private readonly shared: string[] = [];

  /** A TCP connection on which nothing was sent yet. */
  async dial(): Promise<WireClient> {
    const client = await WireClient.dial(brokerUrl);
    this.clients.push(client);
    return client;
  }

  /** A connection ready for channels. */
  async client(options: WireOptions = {}): Promise<WireClient> {
    const client = await this.dial();
    await client.handshake(options);
    return client;
  }

  /** Channel 1 of a connection of its own. */
  async channel(options: WireOptions = {}): Promise<WireChannel> {
    return (await this.client(options)).channel();
  }

  /** Channels 1 and 2 of a connection of their own. */
  async twoChannels(): Promise<[WireChannel, WireChannel]> {
    const client = await this.client();
    return [await client.channel(1), await client.channel(2)];
  }

  /** An unused name for a queue or exchange, which is deleted after the test. */
  name(prefix = 'shared'): string {
    const name = uniqueName(prefix);
    this.shared.push(name);
    return name;
  }

  /** A queue that goes with the channel's connection. */
  async queue(channel: WireChannel, args: Partial<MethodArguments<'queue.declare'>> = {}): Promise<string> {
    const { queue } = await channel.call('queue.declare', { queue: uniqueName('queue'), exclusive: true, ...args });
    return queue;
  }

  async exchange(
    channel: WireChannel,
    type: string,
    args: Partial<MethodArguments<'exchange.declare'>> = {},
  ): Promise<string> {
    const exchange = args.exchange ?? this.name('exchange');
    await channel.call('exchange.declare', { ...args, exchange, type });
    return exchange;
  }

  async clear(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.abort()));
    for (const name of this.shared) await discard(name);
  }
}

/** A name for what goes by itself. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${RUN}-${++names}`;
}

async function discard(name: string): Promise<void> {
  janitor ??= await openJanitor();
  janitor.send('exchange.delete', { exchange: name });
  await janitor.expect('exchange.delete-ok');
  janitor.send('queue.delete', { queue: name });
  const { name: reply } = await janitor.next('queue.delete-ok');
  if (reply !== 'channel.close') return;
  // An exclusive queue whose connection is not quite gone yet, and which goes with that.
  janitor.send('channel.close-ok');
  await janitor.call('channel.open');
}

async function openJanitor(): Promise<WireChannel> {
  const client = await WireClient.open(brokerUrl);
  atEnd(() => client.abort());
  return client.channel();
}
