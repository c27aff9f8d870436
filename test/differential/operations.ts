import { setTimeout as pause } from 'node:timers/promises';
import type { Properties } from '#src/protocol/properties.js';
import type { Action } from './actions.ts';
import { comparableText } from './comparable.ts';
import type { QueuePlan } from './plan.ts';
import {
  type BindingPlan,
  connectionOf,
  EXCHANGES,
  type ExchangeName,
  type ExchangePlan,
  type Line,
  type Plan,
  QUEUES,
} from './plan.ts';
import type { Side } from './side.ts';

type Of<Name extends Action['do']> = Extract<Action, { do: Name }>;

/** Policies are applied by queues and exchanges themselves, some time after the answer. */
const POLICY_PAUSE_MS = 40;

/** Does on one side what a plan says. */
export class Operations {
  private readonly side: Side;
  private readonly plan: Plan;

  constructor(side: Side, plan: Plan) {
    this.side = side;
    this.plan = plan;
  }

  async perform(action: Action): Promise<void> {
    switch (action.do) {
      case 'publish':
        return this.publish(action);
      case 'consume':
        return this.consume(action);
      case 'get':
        return this.get(action);
      case 'settle':
        return this.settle(action);
      case 'settleUnknown':
        return void this.side.lines[action.line]!.channel.send('basic.ack', { deliveryTag: 1_000_000 });
      case 'cancel':
        return this.side.request(action.line, 'basic.cancel', { consumerTag: action.tag });
      case 'limit': {
        const { line, prefetchCount, global } = action;
        if (global && prefetchCount > 0) this.side.lines[line]!.hasCommonLimit = true;
        return this.side.request(line, 'basic.qos', { prefetchCount, global });
      }
      case 'basic.recover':
        return this.side.request(action.line, action.do, { requeue: true });
      case 'confirm.select':
      case 'tx.select':
      case 'tx.commit':
      case 'tx.rollback':
        return this.side.request(action.line, action.do);
      case 'channel.close':
        return this.side.request(action.line, action.do, { replyCode: 200 });
      case 'closeConnection':
        return this.side.closeConnection(connectionOf(action.line));
      case 'cutConnection':
        return this.side.cutConnection(connectionOf(action.line));
      case 'setPolicy':
        await this.side.administration.setPolicy(action.number, action.policy);
        return pause(POLICY_PAUSE_MS);
      case 'clearPolicy':
        await this.side.administration.clearPolicy(action.number, action.isOperator);
        return pause(POLICY_PAUSE_MS);
      case 'drain':
        return this.drain();
      default:
        return this.topology(action);
    }
  }

  private topology(
    action: Of<
      'declareQueue' | 'purgeQueue' | 'deleteQueue' | 'declareExchange' | 'deleteExchange' | 'bind' | 'unbind'
    >,
  ): Promise<void> {
    const { side } = this;
    switch (action.do) {
      case 'declareQueue':
        return side.request(action.line, 'queue.declare', this.queue(action.queue, this.plan.queues[action.as]));
      case 'purgeQueue':
        return side.request(action.line, 'queue.purge', { queue: side.names.full(action.queue) });
      case 'deleteQueue': {
        const { line, ifUnused, ifEmpty } = action;
        return side.request(line, 'queue.delete', { queue: side.names.full(action.queue), ifUnused, ifEmpty });
      }
      case 'declareExchange':
        return side.request(
          action.line,
          'exchange.declare',
          this.exchange(action.exchange, this.plan.exchanges[action.as]),
        );
      case 'deleteExchange': {
        const { line, ifUnused } = action;
        return side.request(line, 'exchange.delete', { exchange: side.names.full(action.exchange), ifUnused });
      }
      default:
        return this.bind(action.line, action.do, action.binding);
    }
  }

  private queue(name: string, { durable, autoDelete, exclusive, arguments: args }: QueuePlan) {
    const { names } = this.side;
    return { queue: names.full(name), durable, autoDelete, exclusive, arguments: names.table(args) };
  }

  private exchange(name: ExchangeName, { type, autoDelete, internal, arguments: args }: ExchangePlan) {
    const { names } = this.side;
    return { exchange: names.full(name), type, autoDelete, internal, arguments: names.table(args) };
  }

  private bind(line: Line, how: 'bind' | 'unbind', binding: BindingPlan): Promise<void> {
    const { names } = this.side;
    const [source, destination] = [names.full(binding.source), names.full(binding.destination)];
    const args = { routingKey: names.full(binding.key), arguments: names.table(binding.arguments) };
    if (!isQueue(binding.destination))
      return this.side.request(line, `exchange.${how}`, { source, destination, ...args });
    return this.side.request(line, `queue.${how}`, { exchange: source, queue: destination, ...args });
  }

  private async publish(action: Of<'publish'>): Promise<void> {
    const { names } = this.side;
    const { deliveryMode, expiration, priority, headers, mandatory, body } = action;
    const properties: Properties = {
      ...(deliveryMode !== undefined && { deliveryMode }),
      ...(expiration !== undefined && { expiration }),
      ...(priority !== undefined && { priority }),
      ...(Object.keys(headers).length > 0 && { headers: names.headers(headers) }),
    };
    const line = this.side.lines[action.line]!;
    line.notePublish();
    line.channel.publish(names.full(action.exchange), names.full(action.key), body, { mandatory, properties });
  }

  private consume({ line, queue, tag, noAck, exclusive, priority }: Of<'consume'>): Promise<void> {
    const { names } = this.side;
    this.side.lines[line]!.noteConsume(tag, queue, noAck);
    return this.side.request(line, 'basic.consume', {
      queue: names.full(queue),
      consumerTag: tag,
      noAck,
      exclusive,
      arguments: names.table(priority === undefined ? {} : { 'x-priority': priority }),
    });
  }

  private get({ line, queue, noAck }: Of<'get'>): Promise<void> {
    this.side.lines[line]!.noteGet(noAck);
    const args = { queue: this.side.names.full(queue), noAck };
    return this.side.request(line, 'basic.get', args, ['basic.get-ok', 'basic.get-empty']);
  }

  private async settle({ line, label, how, extent, requeue }: Of<'settle'>): Promise<void> {
    const state = this.side.lines[line]!;
    const taken = state.take(label, extent);
    if (taken === undefined) throw new Error(`there is no delivery ${label}`);
    const deliveryTag = extent === 'all' ? 0 : taken.tag;
    const multiple = extent !== 'one';
    if (how === 'ack') state.channel.send('basic.ack', { deliveryTag, multiple });
    else if (how === 'nack') state.channel.send('basic.nack', { deliveryTag, multiple, requeue });
    else state.channel.send('basic.reject', { deliveryTag, requeue });
  }

  /** Takes all that is left in the queues. */
  private async drain(): Promise<void> {
    for (const short of QUEUES) {
      for (;;) {
        const queue = this.side.names.full(short);
        const answer = await this.side.ask(this.side.probe, 'basic.get', { queue, noAck: true });
        this.side.observation.add(`left in ${short}`, comparableText(answer));
        if (answer.name !== 'basic.get-ok') break;
      }
    }
  }
}

function isQueue(name: string): boolean {
  return !(EXCHANGES as readonly string[]).includes(name);
}
