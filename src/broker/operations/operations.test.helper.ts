import { EMPTY_TABLE, type FieldTable } from '../../protocol/field-table.ts';
import { bodyOf, incomingMessage, type MessageParts } from '../../protocol/message.test.helper.ts';
import { Message } from '../../protocol/message.ts';
import { GroupCommit } from '../../storage/disk/group-commit.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { publishTo } from '../queue/publish.test.helper.ts';
import type { Queue } from '../queue/queue.ts';
import { VirtualHost } from '../vhost.ts';
import type { RelocationParts } from './relocation.ts';

/** A virtual host whose messages are in memory, to do things with. */
export class OperationsWorld implements RelocationParts {
  readonly store: MemoryStore = new MemoryStore(new Arena());
  readonly vhost: VirtualHost = new VirtualHost('/', this.store);
  readonly journal = undefined;
  readonly commit: GroupCommit = new GroupCommit();

  queue(name: string, args: FieldTable = EMPTY_TABLE): Queue {
    return this.vhost.addQueue(
      name,
      { durable: false, exclusive: false, autoDelete: false, arguments: args },
      undefined,
    );
  }

  publish(queue: Queue, ...messages: (string | MessageParts)[]): void {
    for (const message of messages) {
      publishTo(queue, incomingMessage(typeof message === 'string' ? { body: message } : message));
    }
  }

  /** The bodies of the queue's ready messages. */
  bodies(queue: Queue): string[] {
    const view = new Message();
    return queue.listReady(-1, Number.POSITIVE_INFINITY).map(({ slot }) => {
      this.store.read(slot, view);
      return bodyOf(view).toString();
    });
  }
}
