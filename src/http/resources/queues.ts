import { argumentsFromPlain } from '../../broker/plain-arguments.ts';
import type { Queue } from '../../broker/queue/queue.ts';
import { withDefaultType } from '../../broker/queue/queue-arguments.ts';
import { waitingCount } from '../../broker/queue/waiting-messages.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { requirePermission } from '../../server/channel/access.ts';
import { declareQueue } from '../../server/channel/declarations.ts';
import { type ApiCall, booleanOf, CHANGED, CREATED, type Done } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { openableVhosts } from '../authorization.ts';
import { BOOLEAN, bodyOf, TABLE, type Table, TEXT, tableOf } from '../body-schema.ts';
import { badRequest, objectNotFound } from '../http-error.ts';
import { type Listing, listing } from '../listing/listing.ts';
import { BINDING_ORDER, bindingsTo, bindingView, defaultBinding } from '../views/binding-view.ts';
import { consumersOf, consumerView } from '../views/connection-view.ts';
import { queueView } from '../views/queue-view.ts';
import { StatisticsView } from '../views/statistics-view.ts';

const ACCESS = 'vhost';
const QUEUE = bodyOf({ durable: BOOLEAN, auto_delete: BOOLEAN, arguments: TABLE, node: TEXT });
/** What there is to do with mirrors, of which there are none. */
const MIRROR_ACTIONS = ['sync', 'cancel_sync'];

interface QueueBody {
  readonly durable?: unknown;
  readonly auto_delete?: unknown;
  readonly arguments?: Table;
}

/** Queues, by virtual host and name. */
export function addQueues(routes: ApiRoutes): void {
  routes.get('/queues', { summary: 'All queues' }, (call) => {
    const vhosts = openableVhosts(call.context.broker.vhosts, call.user);
    return queueList(
      call,
      vhosts.flatMap(({ queues }) => [...queues.values()]),
    );
  });
  routes.get('/queues/:vhost', { summary: 'The queues of a virtual host', access: ACCESS }, (call) => {
    return queueList(call, [...call.vhost.queues.values()]);
  });
  routes.get('/queues/:vhost/:name', { summary: 'A queue, with its consumers', access: ACCESS }, show);
  const declaring = {
    summary: 'Declare a queue; it is not durable unless that is said',
    access: ACCESS,
    body: QUEUE,
  } as const;
  routes.put<QueueBody>('/queues/:vhost/:name', declaring, declare);
  const deleting = { summary: 'Delete a queue; if-empty=true, if-unused=true: only then', access: ACCESS } as const;
  routes.delete('/queues/:vhost/:name', deleting, remove);
  routes.get('/queues/:vhost/:name/bindings', { summary: 'The bindings of a queue', access: ACCESS }, (call) => {
    const queue = call.vhost.queues.get(call.part('name'));
    const bindings = queue === undefined ? [] : [defaultBinding(queue), ...bindingsTo(queue)];
    return listing(bindings, bindingView, BINDING_ORDER);
  });
  const acting = {
    summary: 'Do something with a queue: sync and cancel_sync, which have nothing to do here',
    access: 'administrator',
    body: bodyOf({ action: TEXT }, ['action']),
  } as const;
  routes.post<{ action: string }>('/queues/:vhost/:name/actions', acting, (call) => {
    requireQueue(call);
    if (!MIRROR_ACTIONS.includes(call.body.action)) throw badRequest(['unknown', call.body.action]);
    return CHANGED;
  });
}

function queueList(call: ApiCall, queues: Iterable<Queue>): Listing {
  const { node } = call.context;
  const statistics = new StatisticsView(call);
  const view = (queue: Queue) => ({ ...queueView(queue, node), ...statistics.queue(queue) });
  return listing(queues, view, ['vhost', 'name'], ({ vhost, name }) => ({ vhost, name }));
}

/** @throws HttpError 404 */
export function requireQueue(call: ApiCall<unknown>): Queue {
  const queue = call.vhost.queues.get(call.part('name'));
  if (queue === undefined) throw objectNotFound();
  return queue;
}

function show(call: ApiCall): ReturnType<typeof queueView> {
  const { node, amqp } = call.context;
  const queue = requireQueue(call);
  const consumers = [...consumersOf(amqp.openConnections())].filter(({ consumer }) => consumer.queue === queue);
  const consumerDetails = consumers.map((consumer) => consumerView(consumer, node));
  const view = { ...queueView(queue, node), ...new StatisticsView(call).queue(queue) };
  return { ...view, consumer_details: consumerDetails, incoming: [], deliveries: [] };
}

async function declare(call: ApiCall<QueueBody>): Promise<Done> {
  const { vhostToChange: vhost, user, body } = call;
  const name = call.part('name');
  const given = {
    durable: booleanOf(body.durable, false),
    exclusive: false,
    autoDelete: booleanOf(body.auto_delete, false),
    arguments: argumentsFromPlain(tableOf(body.arguments)),
  };
  const properties = { ...given, arguments: withDefaultType(given, vhost.metadata.defaultQueueType) };
  const isNew = !vhost.queues.has(name);
  declareQueue({ user, vhost }, name, properties, call);
  await call.committed();
  return isNew ? CREATED : CHANGED;
}

async function remove(call: ApiCall): Promise<Done> {
  const { vhost, user } = call;
  const { name } = requireQueue(call);
  requirePermission({ user, vhost }, 'configure', 'queue', name);
  const queue = vhost.queue(name, call);
  if (call.isSet('if-empty') && waitingCount(queue) > 0) {
    throw new AmqpError('PRECONDITION_FAILED', `${queue} not empty`);
  }
  if (call.isSet('if-unused') && queue.consumerCount > 0) throw new AmqpError('PRECONDITION_FAILED', `${queue} in use`);
  vhost.deleteQueue(queue);
  queue.cancelConsumers();
  await call.committed();
  return CHANGED;
}
