import type { Queue } from '../../broker/queue/queue.ts';
import { queueType } from '../../broker/queue/queue-arguments.ts';
import { waitingCount, waitingOctets } from '../../broker/queue/waiting-messages.ts';
import type { JsonObject } from '../listing/columns.ts';
import { argumentsJson } from './field-json.ts';

/** A queue as lists show it. */
export function queueView(queue: Queue, node: string): JsonObject {
  const { name, vhost, properties, consumers, appliedPolicy, unackedCount, unackedOctets } = queue;
  const [first] = consumers;
  const ready = waitingCount(queue);
  const readyOctets = waitingOctets(queue);
  return {
    name,
    vhost,
    type: queueType(properties.arguments) as string,
    durable: properties.durable,
    auto_delete: properties.autoDelete,
    exclusive: properties.exclusive,
    arguments: argumentsJson(properties.arguments),
    node,
    state: queue.isPaused ? 'paused' : 'running',
    policy: appliedPolicy.policy?.name ?? null,
    operator_policy: appliedPolicy.operatorPolicy?.name ?? null,
    effective_policy_definition: appliedPolicy.definition,
    consumers: consumers.count,
    exclusive_consumer_tag: first?.exclusive ? first.tag : null,
    single_active_consumer_tag: consumers.isSingleActive ? activeTag(queue) : null,
    messages: ready + unackedCount,
    messages_ready: ready,
    messages_unacknowledged: unackedCount,
    message_bytes: readyOctets + unackedOctets,
    message_bytes_ready: readyOctets,
    message_bytes_unacknowledged: unackedOctets,
  };
}

function activeTag({ consumers }: Queue): string | null {
  for (const consumer of consumers) if (consumers.isActive(consumer)) return consumer.tag;
  return null;
}
