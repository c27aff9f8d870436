import { Mailbox } from '../mailbox.ts';
import type { ClientChannel, ConsumeOptions, Delivery } from './client.ts';

/** Nothing arrives for so long: then the test fails. Generous, since it is only ever waited for in failing tests. */
const TIMEOUT_MS = 10_000;

/** What a consumer was sent, in order, for the test to ask for. */
export class Inbox {
  readonly consumerTag: string;
  private readonly deliveries: Mailbox<Delivery>;

  private constructor(consumerTag: string, deliveries: Mailbox<Delivery>) {
    this.consumerTag = consumerTag;
    this.deliveries = deliveries;
  }

  /** Starts a consumer. */
  static async open(channel: ClientChannel, queue: string, options?: ConsumeOptions): Promise<Inbox> {
    const deliveries = new Mailbox<Delivery>();
    const tag = await channel.consume(queue, (delivery) => deliveries.push(delivery), options);
    return new Inbox(tag, deliveries);
  }

  /** How many deliveries have arrived that the test has not taken. */
  get size(): number {
    return this.deliveries.size;
  }

  next(): Promise<Delivery> {
    return this.deliveries.next(TIMEOUT_MS, 'a delivery');
  }

  async take(count: number): Promise<Delivery[]> {
    const taken: Delivery[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }

  /** The next bodies, as text. */
  async texts(count: number): Promise<string[]> {
    return (await this.take(count)).map(({ body }) => body.toString());
  }
}

/** '1', '2', … to tell messages apart by. */
export function numbered(count: number, first = 1): string[] {
  return Array.from({ length: count }, (_, index) => `${first + index}`);
}
