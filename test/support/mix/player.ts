import { setTimeout as sleep } from 'node:timers/promises';
import { type FieldTable, type FieldValue, fieldTable } from '#src/protocol/field-table.js';
import type { Properties } from '#src/protocol/properties.js';
import type { WireChannel } from '../wire-channel.ts';
import { WireClient } from '../wire-client.ts';
import type { WireEvent } from '../wire-events.ts';
import type { Operator } from './operator.ts';
import {
  type BindingPlan,
  type BreakStep,
  LINES,
  type Line,
  type OperatorStep,
  type Plan,
  type PublishStep,
  type Step,
} from './plan.ts';
import { eventText } from './transcript.ts';

/** A delivery that is not settled. */
interface Outstanding {
  readonly tag: number | bigint;
  /** What it is told from others by, in the same order with any broker. */
  readonly label: string;
}

/** A channel with what is known of it. */
interface LineState {
  readonly channel: WireChannel;
  readonly consumers: { readonly tag: string; readonly noAck: boolean }[];
  outstanding: Outstanding[];
  published: number;
  /** Publishes that are confirmed, by their tags. */
  readonly told: Map<number, string>;
  isConfirming: boolean;
  /** What has to come before anything may be sent. */
  awaits: WireEvent['name'] | undefined;
}

/** All confirms have come after so long, even of what is written to disk. */
const CONFIRM_LIMIT_MS = 3000;
/** So often in a row nothing new must be seen before a step counts as over. */
const QUIET_ROUNDS = 2;

/** Plays a plan with a broker, and writes down all that its clients see. */
export class Player {
  private client: WireClient;
  private readonly operator: Operator | undefined;
  private readonly owner: WireClient;
  private readonly prefix: string;
  private readonly plan: Plan;
  private readonly pauseMs: number;
  private readonly lines = new Map<Line, LineState>();
  private readonly present = new Set<string>();
  private readonly transcript: string[] = [];
  private probe!: WireChannel;
  private bodies = 0;
  private tags = 0;

  private constructor(
    clients: WireClient[],
    operator: Operator | undefined,
    plan: Plan,
    prefix: string,
    pauseMs: number,
  ) {
    this.operator = operator;
    this.client = clients[0]!;
    this.owner = clients[1]!;
    this.plan = plan;
    this.prefix = prefix;
    this.pauseMs = pauseMs;
  }

  /**
   * @param pauseMs how long to wait, besides asking, for what a broker does of its own accord
   * @param operator for plans with steps of one
   */
  static async play(url: string, plan: Plan, prefix: string, pauseMs: number, operator?: Operator): Promise<string[]> {
    const clients = [await WireClient.open(url), await WireClient.open(url)];
    const player = new Player(clients, operator, plan, prefix, pauseMs);
    try {
      await player.setUp();
      for (const [i, step] of plan.steps.entries()) await player.step(i, step);
      await player.tearDown();
      return player.transcript.map((text) => text.replaceAll(prefix, ''));
    } catch (error) {
      throw new Error(`${error}\n${player.transcript.slice(-20).join('\n')}`, { cause: error });
    } finally {
      await Promise.all([player.client, player.owner].map((client) => client.abort()));
    }
  }

  private name(short: string): string {
    return short === '' ? '' : this.prefix + short;
  }

  /** Routing keys that are names of queues lead to them. */
  private key(short: string): string {
    return short in this.plan.queues ? this.prefix + short : short;
  }

  private async setUp(): Promise<void> {
    this.probe = await this.owner.channel();
    for (const exchange of Object.keys(this.plan.exchanges)) await this.declareExchange(exchange);
    for (const queue of Object.keys(this.plan.queues)) await this.declare(queue);
    for (const binding of this.plan.bindings) await this.bind('bind', binding);
    await this.openLines();
  }

  private async openLines(): Promise<void> {
    for (const [i, line] of LINES.entries()) {
      const channel = await this.client.channel(i + 1);
      this.lines.set(line, await this.fresh(line, channel));
    }
  }

  private async fresh(line: Line, channel: WireChannel): Promise<LineState> {
    if (line === 'confirm') await channel.call('confirm.select');
    if (line === 'tx') await channel.call('tx.select');
    return {
      channel,
      consumers: [],
      outstanding: [],
      published: 0,
      told: new Map(),
      isConfirming: line === 'confirm',
      awaits: undefined,
    };
  }

  private note(text: string): void {
    this.transcript.push(text);
  }

  private async declareExchange(short: string): Promise<void> {
    const { type, alternate, arguments: planned } = this.plan.exchanges[short]!;
    const args = { ...planned, ...(alternate === undefined ? {} : { 'alternate-exchange': this.name(alternate) }) };
    await this.ask('exchange.declare', { exchange: this.name(short), type, arguments: fieldTable(args) });
  }

  private async declare(short: string): Promise<void> {
    const { durable, autoDelete, arguments: planned } = this.plan.queues[short]!;
    const args = { ...planned };
    const { 'x-dead-letter-exchange': exchange, 'x-dead-letter-routing-key': routingKey } = planned;
    if (typeof exchange === 'string') args['x-dead-letter-exchange'] = this.name(exchange);
    if (typeof routingKey === 'string') args['x-dead-letter-routing-key'] = this.key(routingKey);
    await this.ask('queue.declare', { queue: this.name(short), durable, autoDelete, arguments: fieldTable(args) });
    this.present.add(short);
  }

  private bind(how: 'bind' | 'unbind', { queue, exchange, key }: BindingPlan): Promise<void> {
    const args = { queue: this.name(queue), exchange: this.name(exchange), routingKey: this.key(key) };
    return this.ask(`queue.${how}`, args);
  }

  /** Asks on the probing channel, and writes the answer down. */
  private async ask(...[name, args]: Parameters<WireChannel['send']>): Promise<void> {
    this.probe.send(name, args);
    await this.answer(this.probe);
  }

  private async answer(channel: WireChannel): Promise<WireEvent> {
    const event = await channel.next();
    this.note(eventText(event));
    if (event.name === 'channel.close') {
      channel.send('channel.close-ok');
      await channel.call('channel.open');
    }
    return event;
  }

  private async step(number: number, step: Step): Promise<void> {
    this.note(`${number}: ${JSON.stringify(step)}`);
    await this.perform(step);
    await this.settle();
  }

  private async perform(step: Step): Promise<void> {
    if (step.do === 'declare') return this.declare(step.queue);
    if (step.do === 'purge') return this.ask('queue.purge', { queue: this.name(step.queue) });
    if (step.do === 'delete') return this.ask('queue.delete', { queue: this.name(step.queue) });
    if (step.do === 'declareExchange') return this.declareExchange(step.exchange);
    if (step.do === 'deleteExchange') return this.ask('exchange.delete', { exchange: this.name(step.exchange) });
    if (step.do === 'bind' || step.do === 'unbind') return this.bind(step.do, step.binding);
    if (step.do === 'break') return this.breakConnection(step);
    if (isOperatorStep(step)) return this.operate(step);
    if ('line' in step) this.onLine(this.lines.get(step.line)!, step);
  }

  private async operate(step: OperatorStep): Promise<void> {
    this.note(`${await this.operator?.perform(step, (short) => this.name(short))}`);
  }

  private async breakConnection({ amid, line, queue }: BreakStep): Promise<void> {
    if (amid === 'nothing') await this.client.abort();
    else {
      this.leaveUnanswered(amid, this.lines.get(amid === 'commit' ? 'tx' : line)!.channel, this.name(queue));
      await this.client.hangUp(); // a reset would leave to luck what the broker reads before
    }
    this.client = await WireClient.open(this.client.url.href);
    await this.openLines();
  }

  private leaveUnanswered(amid: Exclude<BreakStep['amid'], 'nothing'>, channel: WireChannel, queue: string): void {
    const properties: Properties = { deliveryMode: 2 };
    const message = channel.encodePublish('', queue, `m${this.bodies++}`, { properties });
    if (amid === 'message') this.client.sendRaw(message.subarray(0, -2));
    else if (amid === 'publish') this.client.sendRaw(message);
    else if (amid === 'get') channel.send('basic.get', { queue });
    else {
      channel.send('basic.get', { queue });
      channel.send('basic.ack', { deliveryTag: 0, multiple: true });
      this.client.sendRaw(message);
      channel.send('tx.commit');
    }
  }

  private onLine(state: LineState, step: Step): void {
    if (step.do === 'publish') this.publish(state, step);
    else if (step.do === 'get') this.get(state, step.queue, step.noAck);
    else if (step.do === 'consume') this.consume(state, step);
    else if (step.do === 'cancel') this.cancel(state, step.which);
    else if (step.do === 'settle') this.settleDelivery(state, step);
    else if (step.do === 'commit') this.finish(state, 'tx.commit');
    else if (step.do === 'rollback') this.finish(state, 'tx.rollback');
    else if (step.do === 'recover') this.recover(state);
    else if (step.do === 'close') this.finish(state, 'channel.close');
  }

  private publish(state: LineState, step: PublishStep): void {
    const { deliveryMode, expiration, priority, replyTo } = step;
    const headers: [string, FieldValue][] = [...fieldTable(step.headers ?? {})];
    for (const [name, keys] of [
      ['CC', step.cc],
      ['BCC', step.bcc],
    ] as const) {
      if (keys !== undefined) headers.push([name, { type: 'array', value: keys.map((key) => this.text(key)) }]);
    }
    const properties: Properties = {
      ...(deliveryMode === undefined ? {} : { deliveryMode }),
      ...(expiration === undefined ? {} : { expiration }),
      ...(priority === undefined ? {} : { priority }),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(headers.length === 0 ? {} : { headers: new Map(headers) as FieldTable }),
    };
    const label = `m${this.bodies++}`;
    const { mandatory } = step;
    state.published++;
    state.channel.publish(this.name(step.exchange), this.key(step.key), label.padEnd(step.bodyOctets, '.'), {
      mandatory,
      properties,
    });
  }

  private text(key: string): FieldValue {
    return { type: 'longstr', value: this.key(key) };
  }

  private get(state: LineState, queue: string, noAck: boolean): void {
    this.taking.set(state, noAck);
    state.channel.send('basic.get', { queue: this.name(queue), noAck });
  }

  /** Whether the basic.get on its way needs an acknowledgement. */
  private readonly taking = new Map<LineState, boolean>();

  private consume(state: LineState, { queue, noAck, prefetch, priority }: Extract<Step, { do: 'consume' }>): void {
    const tag = `c${this.tags++}`;
    state.channel.send('basic.qos', { prefetchCount: prefetch });
    state.consumers.push({ tag, noAck });
    const args = priority === undefined ? {} : { 'x-priority': priority };
    state.channel.send('basic.consume', {
      queue: this.name(queue),
      consumerTag: tag,
      noAck,
      arguments: fieldTable(args),
    });
  }

  private cancel({ channel, consumers }: LineState, which: number): void {
    if (consumers.length > 0) channel.send('basic.cancel', { consumerTag: consumers[which % consumers.length]!.tag });
  }

  private settleDelivery(state: LineState, { how, which, requeue }: Extract<Step, { do: 'settle' }>): void {
    const { channel, outstanding } = state;
    if (how === 'ack all' || how === 'nack all') {
      if (how === 'ack all') channel.send('basic.ack', { deliveryTag: 0, multiple: true });
      else channel.send('basic.nack', { deliveryTag: 0, multiple: true, requeue });
      state.outstanding = [];
      return;
    }
    if (outstanding.length === 0) return;
    const sorted = outstanding.toSorted((a, b) => (a.label < b.label ? -1 : 1));
    const chosen = sorted[which % sorted.length]!;
    state.outstanding = outstanding.filter((other) => other !== chosen);
    const { tag: deliveryTag, label } = chosen;
    this.note(`settles ${label}`);
    if (how === 'ack') channel.send('basic.ack', { deliveryTag });
    else if (how === 'nack') channel.send('basic.nack', { deliveryTag, requeue });
    else channel.send('basic.reject', { deliveryTag, requeue });
  }

  /** Nothing may be sent before the answer. */
  private finish(state: LineState, method: 'tx.commit' | 'tx.rollback' | 'channel.close'): void {
    state.awaits = `${method}-ok`;
    state.channel.send(method);
  }

  private recover(state: LineState): void {
    state.outstanding = [];
    state.channel.send('basic.recover', { requeue: true });
  }

  /** Waits until nothing more happens, and writes down what has. */
  private async settle(): Promise<void> {
    const events = new Map<Line, WireEvent[]>(LINES.map((line) => [line, []]));
    const deadlineMs = performance.now() + CONFIRM_LIMIT_MS;
    let last = '';
    let quiet = 0;
    let pause = this.pauseMs;
    while (quiet < QUIET_ROUNDS || (this.awaitsConfirms() && performance.now() < deadlineMs)) {
      const counts = await this.counts();
      let isQuiet = counts === last;
      last = counts;
      for (const [line, state] of this.lines) {
        const came = await this.collect(line, state);
        if (came.length > 0) isQuiet = false;
        events.get(line)!.push(...came);
      }
      quiet = isQuiet ? quiet + 1 : 0;
      await sleep(pause);
      pause = Math.max(1, pause / 2);
    }
    for (const [line, came] of events) this.noteEvents(line, came);
    for (const [line, { isConfirming, told, published }] of this.lines) {
      if (isConfirming) this.note(`${line} confirms: ${[...told].sort(([a], [b]) => a - b).join(' ')} of ${published}`);
    }
    this.note(last);
  }

  private awaitsConfirms(): boolean {
    return [...this.lines.values()].some(({ isConfirming, told, published }) => isConfirming && told.size < published);
  }

  /** What the queues say of their messages and consumers. */
  private async counts(): Promise<string> {
    const found: string[] = [];
    for (const queue of [...this.present]) {
      this.probe.send('queue.declare', { queue: this.name(queue), passive: true });
      const event = await this.probe.next();
      if (event.name === 'queue.declare-ok') {
        found.push(`${queue}: ${event.args.messageCount} messages, ${event.args.consumerCount} consumers`);
        continue;
      }
      this.present.delete(queue);
      found.push(`${queue}: ${eventText(event)}`);
      this.probe.send('channel.close-ok');
      await this.probe.call('channel.open');
    }
    return found.join('; ');
  }

  /** All that has come on the channel, in order. */
  private async collect(line: Line, state: LineState): Promise<WireEvent[]> {
    const { channel } = state;
    const events: WireEvent[] = [];
    const end = state.awaits ?? 'exchange.declare-ok';
    if (state.awaits === undefined) channel.nudge();
    state.awaits = undefined;
    for (;;) {
      const event = await channel.next();
      if (event.name !== 'exchange.declare-ok') events.push(event);
      if (event.name === end && end !== 'channel.close-ok') break;
      if (event.name !== 'channel.close' && event.name !== 'channel.close-ok') {
        this.account(state, event);
        continue;
      }
      if (event.name === 'channel.close') channel.send('channel.close-ok');
      await channel.call('channel.open');
      this.lines.set(line, await this.fresh(line, channel));
      break;
    }
    return events;
  }

  private account(state: LineState, { name, args }: WireEvent): void {
    if (name === 'basic.deliver') {
      const { consumerTag, deliveryTag: tag, body } = args;
      const isNoAck = state.consumers.some((consumer) => consumer.tag === consumerTag && consumer.noAck);
      if (!isNoAck) state.outstanding.push({ tag, label: `${consumerTag} ${body}` });
    } else if (name === 'basic.get-ok' && this.taking.get(state) === false) {
      state.outstanding.push({ tag: args.deliveryTag, label: `get ${args.body}` });
    } else if (name === 'basic.ack' || name === 'basic.nack') {
      const tag = Number(args.deliveryTag);
      for (let n = args.multiple ? 1 : tag; n <= tag; n++) if (!state.told.has(n)) state.told.set(n, name.slice(6));
    }
  }

  /** What different queues deliver has no order, and neither have confirms. */
  private noteEvents(line: Line, events: readonly WireEvent[]): void {
    const groups = new Map<string, string[]>();
    for (const event of events) {
      if (event.name === 'basic.ack' || event.name === 'basic.nack') continue;
      const group = event.name === 'basic.deliver' ? event.args.consumerTag : '';
      groups.set(group, [...(groups.get(group) ?? []), `  ${line}: ${eventText(event)}`]);
    }
    for (const [, texts] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) for (const text of texts) this.note(text);
  }

  /** Everything that is left is looked at, and deleted. */
  private async tearDown(): Promise<void> {
    this.note('what is left');
    await this.undoOperations();
    for (const { channel, consumers } of this.lines.values()) {
      for (const { tag } of consumers) channel.send('basic.cancel', { consumerTag: tag, noWait: true }); // or they get what others give back
    }
    await this.settle();
    await this.client.close();
    this.lines.clear();
    await this.settle();
    for (const queue of this.present) {
      for (;;) {
        this.probe.send('basic.get', { queue: this.name(queue), noAck: true });
        const { name } = await this.answer(this.probe);
        if (name !== 'basic.get-ok') break;
      }
    }
    for (const queue of this.present) await this.ask('queue.purge', { queue: this.name(queue) }); // counts delayed ones
    for (const queue of this.present) await this.ask('queue.delete', { queue: this.name(queue) });
    for (const exchange of Object.keys(this.plan.exchanges)) {
      await this.ask('exchange.delete', { exchange: this.name(exchange) });
    }
  }

  private async undoOperations(): Promise<void> {
    if (this.operator === undefined) return;
    for (const queue of Object.keys(this.plan.queues)) {
      await this.operate({ do: 'resume', queue });
      await this.operate({ do: 'clearPolicy', queue });
    }
  }
}

function isOperatorStep(step: Step): step is OperatorStep {
  return ['pause', 'resume', 'move', 'setPolicy', 'clearPolicy'].includes(step.do);
}
