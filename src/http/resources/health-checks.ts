import type { Resource } from '../../broker/alarms/resource-alarms.ts';
import { EMPTY_TABLE } from '../../protocol/field-table.ts';
import { requirePermission } from '../../server/channel/access.ts';
import { declareQueue } from '../../server/channel/declarations.ts';
import type { ApiCall } from '../api-call.ts';
import { type ApiRoutes, StatusAnswer } from '../api-routes.ts';
import { badRequest, objectNotFound } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';
import { messageOf } from '../message.ts';
import { RequestChannel } from '../request-channel.ts';

/** The queue that the aliveness test declares. */
const TEST_QUEUE = 'aliveness-test';
const OK = { status: 'ok' } as const;
const ALONE = { ...OK, reason: 'single node cluster' } as const;
const NO_LISTENER = 'No active listener';
/** By the names that RabbitMQ knows protocols by. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  amqp: 'amqp',
  amqp091: 'amqp',
  'amqp0.9.1': 'amqp',
  http: 'http',
};

/** For those who watch over the broker: 200 if all is well, else 503. */
export function addHealthChecks(routes: ApiRoutes): void {
  routes.get('/health/checks/alarms', { summary: 'Whether no alarm is on' }, alarms);
  routes.get('/health/checks/local-alarms', { summary: 'The same on this node' }, alarms);
  const certificates = { summary: 'Whether no certificate ends soon: there are none' };
  routes.get('/health/checks/certificate-expiration/:within/:unit', certificates, (call) => expiration(call));
  routes.get('/health/checks/port-listener/:port', { summary: 'Whether a port is listened on' }, portListener);
  const protocol = { summary: 'Whether a protocol is listened for: amqp, http' };
  routes.get('/health/checks/protocol-listener/:protocol', protocol, protocolListener);
  routes.get('/health/checks/virtual-hosts', { summary: 'Whether all virtual hosts run' }, () => OK);
  const mirrors = { summary: 'Whether no mirror is missed: there are none' };
  routes.get('/health/checks/node-is-mirror-sync-critical', mirrors, () => ALONE);
  const quorum = { summary: 'Whether others can do without this node: there are none' };
  routes.get('/health/checks/node-is-quorum-critical', quorum, () => ALONE);
  const deprecated = { summary: 'Whether no alarm is on; deprecated', access: 'monitoring' } as const;
  routes.get('/healthchecks/node', deprecated, alarms);
  routes.get('/healthchecks/node/:node', deprecated, (call) => {
    if (call.part('node') !== call.context.node) throw objectNotFound();
    return alarms(call);
  });
  const aliveness = {
    summary: 'Declares a queue, publishes to it and gets the message back',
    access: 'vhost',
    isUnsafe: true,
  } as const;
  routes.get('/aliveness-test/:vhost', aliveness, alivenessTest);
}

function alarms({ context: { broker, node } }: ApiCall): JsonObject | StatusAnswer {
  const resources: readonly Resource[] = ['memory', 'disk'];
  const low = resources.filter((resource) => broker.alarms.isLow(resource));
  if (low.length === 0) return OK;
  const described = low.map((resource) => ({ node, resource }));
  return new StatusAnswer(503, { status: 'failed', reason: 'Alarms are in effect', alarms: described });
}

function expiration(call: ApiCall): JsonObject {
  const units = ['days', 'weeks', 'months', 'years'];
  if (!/^\d+$/.test(call.part('within'))) throw badRequest('Invalid expiration value.');
  if (!units.includes(call.part('unit'))) throw badRequest('Time unit not recognised.');
  return OK;
}

function portListener(call: ApiCall): JsonObject | StatusAnswer {
  const text = call.part('port');
  if (!/^\d{1,5}$/.test(text)) throw badRequest('Invalid port');
  const port = Number(text);
  const ports = [call.context.port, call.context.amqp.port];
  if (ports.includes(port)) return { ...OK, port };
  return new StatusAnswer(503, { status: 'failed', reason: NO_LISTENER, missing: port, ports });
}

function protocolListener(call: ApiCall): JsonObject | StatusAnswer {
  const given = call.part('protocol');
  const protocol = PROTOCOLS[given.toLowerCase()];
  if (protocol !== undefined) return { ...OK, protocol };
  const protocols = [...new Set(Object.values(PROTOCOLS))];
  return new StatusAnswer(503, { status: 'failed', reason: NO_LISTENER, missing: given, protocols });
}

function alivenessTest(call: ApiCall): JsonObject {
  const { vhost, user } = call;
  const properties = { durable: false, exclusive: false, autoDelete: false, arguments: EMPTY_TABLE };
  const queue = declareQueue({ user, vhost }, TEST_QUEUE, properties, call);
  requirePermission({ user, vhost }, 'write', 'exchange', '');
  requirePermission({ user, vhost }, 'read', 'queue', TEST_QUEUE);
  const channel = new RequestChannel(vhost, user);
  channel.publish(vhost.exchange(''), messageOf('', TEST_QUEUE, {}, Buffer.from('test_message')), [TEST_QUEUE]);
  const taken = channel.get(queue, true);
  if (taken === undefined) return OK;
  try {
    channel.trace(queue, taken);
  } finally {
    queue.settle(taken.slot, taken.bodySize);
  }
  return OK;
}
