/** An exchange that nobody has to declare, and nobody can delete. */
interface PredeclaredExchange {
  readonly name: string;
  readonly type: string;
  /** Clients cannot publish to it. */
  readonly internal: boolean;
}

/** Has the events of the whole broker. */
export const EVENT_EXCHANGE = 'amq.rabbitmq.event';
/** The virtual host that it is in. */
export const EVENT_VHOST = '/';

/** What every virtual host begins with (AMQP 0-9-1, section 3.1.3), but for the default exchange. */
const EVERYWHERE: readonly PredeclaredExchange[] = [
  { name: 'amq.direct', type: 'direct', internal: false },
  { name: 'amq.fanout', type: 'fanout', internal: false },
  { name: 'amq.topic', type: 'topic', internal: false },
  { name: 'amq.headers', type: 'headers', internal: false },
  { name: 'amq.match', type: 'headers', internal: false },
  { name: 'amq.rabbitmq.trace', type: 'topic', internal: true },
];

/** The exchanges that the virtual host begins with. */
export function predeclaredExchanges(vhost: string): readonly PredeclaredExchange[] {
  if (vhost !== EVENT_VHOST) return EVERYWHERE;
  return [...EVERYWHERE, { name: EVENT_EXCHANGE, type: 'topic', internal: true }];
}
