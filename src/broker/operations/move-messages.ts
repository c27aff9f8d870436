import { OperationError } from '../operation-error.ts';
import type { Queue } from '../queue/queue.ts';
import { durableIdsOf } from '../routing/router.ts';
import type { VirtualHost } from '../vhost.ts';
import { type MessageFilter, predicateOf } from './message-filter.ts';
import { type RelocationParts, type RelocationResult, relocate, type Send, sendTo } from './relocation.ts';

export interface MoveOptions {
  /** So many messages at most. Default: all that are ready at the beginning. */
  readonly limit?: number;
  /** Default: all of them. */
  readonly filter?: MessageFilter;
  /** Only these, by their tickets, as `browseMessages` tells them. */
  readonly selection?: ReadonlySet<string>;
}

/**
 * Moves ready messages from a queue to the end of another one of the same virtual host, with their exchange, routing key and
 * properties. See `relocate` for what a crash can do. The target treats them as it does all that is published to it:
 * where it has no room, the rest stays; of duplicates it drops all but one.
 *
 * @throws OperationError if both are the same; AmqpError for a filter that can't be
 */
export async function moveMessages(
  parts: RelocationParts,
  vhost: VirtualHost,
  source: Queue,
  target: Queue,
  { limit = Number.POSITIVE_INFINITY, filter = {}, selection }: MoveOptions = {},
): Promise<RelocationResult> {
  if (source === target) throw new OperationError(`messages of ${source} can't be moved to where they are`);
  const passes = predicateOf(filter);
  const destinations = { queues: [target], durableIds: durableIdsOf([target]) };
  const send: Send = (message, onSafe) => sendTo(vhost, destinations, message, onSafe);
  return relocate(parts, {
    source,
    limit,
    selection,
    plan: (message) => {
      if (target.isDeleted) throw new OperationError(`${target} is gone`, { isMissing: true });
      return passes(message) ? send : undefined;
    },
  });
}
