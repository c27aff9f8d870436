import { LiveTrace, type TracedMessage, type TraceFilter } from '../../broker/operations/live-trace.ts';
import { addTracer, removeTracer } from '../../broker/tracer.ts';
import type { ApiCall } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { isAdministrator } from '../authorization.ts';
import type { EventStream } from '../event-stream.ts';
import type { JsonObject } from '../listing/columns.ts';
import { propertiesJson } from '../views/field-json.ts';
import { payloadView } from '../views/payload-view.ts';

const FILTER = {
  exchange: { type: 'string', description: 'that messages were published to; amq.default is the default one' },
  routing_key: { type: 'string', description: 'as a topic: * is one word, # any number of them' },
  queue: { type: 'string', description: 'that messages went to, or came from' },
  user: { type: 'string', description: 'who published a message, or got it' },
} as const;

/** Messages as they pass, for those who look on: RabbitMQ's tracing plugin writes them to files. */
export function addTrace(routes: ApiRoutes): void {
  const summary = 'Watch messages as they are published and delivered (server-sent events)';
  routes.get('/trace/:vhost', { summary, access: 'administrator', query: FILTER, isUnsafe: true }, trace);
}

function trace(call: ApiCall): EventStream {
  const { vhost, user, context } = call;
  const tracer = new LiveTrace(filterOf(call));
  addTracer(vhost, tracer);
  return context.streams.open({
    // Who was deleted and added again is another user.
    isAllowed: () => {
      const { users, vhosts } = context.broker;
      return vhosts.get(vhost.name) === vhost && users.find(user.name) === user && isAdministrator(user);
    },
    take: () => {
      const { messages, droppedCount } = tracer.take();
      if (messages.length === 0 && droppedCount === 0) return undefined;
      return { messages: messages.map(tracedView), dropped: droppedCount };
    },
    close: () => removeTracer(vhost, tracer),
  });
}

/** What is empty is not asked for, but for the exchange: the default one goes by its name. */
function filterOf({ query }: ApiCall): TraceFilter {
  const given = (name: string) => (query[name] === '' ? undefined : (query[name] as string | undefined));
  const [exchange, routingKey, queue, user] = ['exchange', 'routing_key', 'queue', 'user'].map(given);
  return {
    ...(exchange !== undefined && { exchange: exchange === 'amq.default' ? '' : exchange }),
    ...(routingKey !== undefined && { routingKey }),
    ...(queue !== undefined && { queue }),
    ...(user !== undefined && { user }),
  };
}

function tracedView({ bodySizeOctets, body, properties, timeMs, routingKeys, ...facts }: TracedMessage): JsonObject {
  return {
    ...facts,
    time: timeMs,
    routing_keys: routingKeys,
    properties: propertiesJson(properties),
    ...payloadView(body, bodySizeOctets),
  };
}
