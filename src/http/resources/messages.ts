import { isUtf8 } from 'node:buffer';
import { beginningOf } from '../../broker/operations/body-beginning.ts';
import type { Queue, TakenMessage } from '../../broker/queue/queue.ts';
import type { Message } from '../../protocol/message.ts';
import { requirePermission } from '../../server/channel/access.ts';
import { TimeSlices } from '../../time/time-slices.ts';
import { type ApiCall, CHANGED, type Done } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { bodyOf, TEXT } from '../body-schema.ts';
import { badRequest, HttpError } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';
import { RequestChannel } from '../request-channel.ts';
import { propertiesJson } from '../views/field-json.ts';
import { requireQueue } from './queues.ts';

const ACCESS = 'vhost';
/** An answer ends with the message that makes it so long, since it is made in memory. */
const ANSWER_LIMIT_OCTETS = 16 * 1024 * 1024;
const ACK_MODES = ['ack_requeue_true', 'ack_requeue_false', 'reject_requeue_true', 'reject_requeue_false'] as const;
const GET = bodyOf(
  {
    count: { type: ['integer', 'string'] },
    ackmode: { enum: ACK_MODES },
    encoding: TEXT,
    truncate: { type: ['integer', 'string'] },
  },
  ['count', 'ackmode', 'encoding'],
);

interface GetBody {
  readonly count: number | string;
  readonly ackmode: (typeof ACK_MODES)[number];
  readonly encoding: string;
  readonly truncate?: number | string;
}

/** Messages out of queues, for trying things out: each is a request of its own. */
export function addMessages(routes: ApiRoutes): void {
  const getting = {
    summary: 'Get messages; ackmode says whether they stay, encoding how they are shown (auto, base64)',
    access: ACCESS,
    body: GET,
  } as const;
  routes.post<GetBody>('/queues/:vhost/:name/get', getting, get);
  routes.delete('/queues/:vhost/:name/contents', { summary: 'Purge a queue', access: ACCESS }, purge);
}

/** All are taken before any is put back, or the first one would come again and again. */
async function get(call: ApiCall<GetBody>): Promise<readonly JsonObject[]> {
  const { vhostToChange: vhost, user, body } = call;
  const name = call.part('name');
  const count = wholeNumber(body.count);
  const truncate = body.truncate === undefined ? Number.POSITIVE_INFINITY : wholeNumber(body.truncate);
  if (body.encoding !== 'auto' && body.encoding !== 'base64') {
    throw badRequest('Unsupported encoding. Please use auto or base64.');
  }
  if (!vhost.queues.has(name)) {
    throw new HttpError(404, 'not_found', `NOT_FOUND - no queue '${name}' in vhost '${vhost.name}'`);
  }
  requirePermission({ user, vhost }, 'read', 'queue', name);
  const queue = vhost.queue(name, call);
  const channel = new RequestChannel(vhost, user);
  const isNoAck = body.ackmode === 'ack_requeue_false'; // as RabbitMQ asks its channel
  const slices = new TimeSlices();
  const taken: TakenMessage[] = [];
  const shown: JsonObject[] = [];
  let isShown = false;
  try {
    for (let octets = 0; taken.length < count && octets < ANSWER_LIMIT_OCTETS; ) {
      const next = channel.get(queue, isNoAck);
      if (next === undefined) break;
      taken.push(next);
      channel.trace(queue, next);
      const message = queue.view(next.slot);
      octets += message.bodySize;
      shown.push(shownMessage(message, next, queue, body.encoding, truncate));
      if (slices.isOver) await slices.next();
    }
    isShown = true;
  } finally {
    settle(queue, taken, isShown ? body.ackmode : 'ack_requeue_true');
  }
  await call.committed();
  return shown;
}

function shownMessage(
  message: Message,
  { redelivered }: TakenMessage,
  queue: Queue,
  encoding: string,
  truncate: number,
): JsonObject {
  const { bodySize, exchange, routingKey } = message;
  const payload = beginningOf(message, Math.max(0, truncate));
  const isText = encoding === 'auto' && isUtf8(payload);
  return {
    payload_bytes: bodySize,
    redelivered,
    exchange,
    routing_key: routingKey,
    message_count: queue.readyCount,
    properties: propertiesJson(message.properties()),
    payload: payload.toString(isText ? 'utf8' : 'base64'),
    payload_encoding: isText ? 'string' : 'base64',
  };
}

function settle(queue: Queue, taken: readonly TakenMessage[], ackMode: GetBody['ackmode']): void {
  for (const { slot, sequence, bodySize } of taken) {
    if (ackMode === 'ack_requeue_false') queue.settle(slot, bodySize);
    else if (ackMode === 'reject_requeue_false') queue.reject(slot, bodySize);
    else queue.requeue(slot, sequence, bodySize, ackMode === 'reject_requeue_true');
  }
  queue.pump();
}

function wholeNumber(value: number | string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || value === '') throw badRequest(['not_integer', value]);
  return number;
}

async function purge(call: ApiCall): Promise<Done> {
  const { vhost, user } = call;
  const { name } = requireQueue(call);
  requirePermission({ user, vhost }, 'read', 'queue', name);
  await vhost.queue(name, call).purge().released;
  await call.committed();
  return CHANGED;
}
