import { setTimeout as pause } from 'node:timers/promises';
import type { MethodArguments, MethodName } from '#src/protocol/methods.js';
import { LIMITED } from '../support/accounts.ts';
import type { WireChannel } from '../support/wire-channel.ts';
import { WireClient, type WireOptions } from '../support/wire-client.ts';
import type { WireEvent } from '../support/wire-events.ts';
import type { Action } from './actions.ts';
import { Administration } from './administration.ts';
import { comparableText } from './comparable.ts';
import { LineState } from './line-state.ts';
import type { Names } from './names.ts';
import { Observation } from './observation.ts';
import { Operations } from './operations.ts';
import { CONNECTIONS, connectionOf, LINES, LINES_PER_CONNECTION, type Line, LOCK, type Plan, QUEUES } from './plan.ts';

/** Where a broker answers. */
export interface Addresses {
  readonly amqp: string;
  readonly management: string;
}

const CONFIRM_LIMIT_MS = 3000;
/** How long a broker may take to notice that a connection is gone. */
const NOTICE_LIMIT_MS = 5000;
/** Its channels end a little later than what belongs to the connection. */
const AFTER_CUT_MS = 30;
/** A channel of each connection that lines do not use. */
const SPARE_CHANNEL = 9;

/** One of the two brokers: its clients, and what they see. */
export class Side {
  readonly names: Names;
  readonly lines: LineState[] = [];
  readonly administration: Administration;
  observation = new Observation();
  private readonly addresses: Addresses;
  private readonly plan: Plan;
  private readonly clients: WireClient[] = [];
  private readonly operations: Operations;
  private owner!: WireClient;
  private readonly probes: WireChannel[] = [];
  private counts: readonly string[] = [];

  constructor(addresses: Addresses, plan: Plan, names: Names) {
    this.addresses = addresses;
    this.plan = plan;
    this.names = names;
    this.administration = new Administration(addresses.management, names);
    this.operations = new Operations(this, plan);
  }

  /** Opens all connections. */
  async open(): Promise<void> {
    this.owner = await WireClient.open(this.addresses.amqp);
    for (const i of QUEUES.keys()) this.probes.push(await this.owner.channel(i + 1));
    if (this.plan.permissions !== undefined) await this.administration.setPermissions(this.plan.permissions);
    for (const connection of CONNECTIONS) await this.connect(connection);
  }

  private async connect(connection: number): Promise<void> {
    const client = await WireClient.open(this.addresses.amqp, this.account(connection));
    this.clients[connection] = client;
    for (const line of LINES) {
      if (connectionOf(line) === connection) {
        this.lines[line] = new LineState(await client.channel((line % LINES_PER_CONNECTION) + 1));
      }
    }
  }

  private account(connection: number): WireOptions {
    if (connection === 0 || this.plan.permissions === undefined) return {};
    return { username: LIMITED.name, password: LIMITED.password };
  }

  /** A channel of a user who may do everything, on a connection that nothing happens to. */
  get probe(): WireChannel {
    return this.probes[0]!;
  }

  // What is done

  async perform(action: Action): Promise<void> {
    await this.operations.perform(action);
  }

  /** Sends a method and awaits its answer, which may be an error. */
  async request<Name extends MethodName>(
    line: Line,
    name: Name,
    args: Partial<MethodArguments<Name>> = {},
    answers: readonly string[] = [`${name}-ok`],
  ): Promise<void> {
    this.lines[line]!.channel.send(name, args);
    await this.collect(line, (event) => answers.includes(event.name));
    await this.replaceLost();
  }

  async closeConnection(connection: number): Promise<void> {
    await this.clients[connection]!.close();
    await this.connect(connection);
  }

  /** The socket ends without a word. */
  async cutConnection(connection: number): Promise<void> {
    await this.abandon(connection);
    await this.connect(connection);
  }

  private async abandon(connection: number): Promise<void> {
    const client = this.clients[connection]!;
    const lock = this.names.full(LOCK);
    const spare = await client.channel(SPARE_CHANNEL);
    await spare.call('queue.declare', { queue: lock, exclusive: true });
    await client.abort();
    await this.awaitAbsence(lock);
    await pause(AFTER_CUT_MS);
  }

  private async awaitAbsence(queue: string): Promise<void> {
    const deadlineMs = performance.now() + NOTICE_LIMIT_MS;
    while (performance.now() < deadlineMs) {
      const answer = await this.ask(this.probe, 'queue.declare', { queue, passive: true });
      if (answer.name === 'channel.close' && answer.args.replyCode === 404) return;
      await pause(1);
    }
    throw new Error('the end of a connection was not noticed');
  }

  /** Asks for what may be refused; the channel is usable afterwards in any case. */
  async ask<Name extends MethodName>(
    channel: WireChannel,
    name: Name,
    args: Partial<MethodArguments<Name>>,
  ): Promise<WireEvent> {
    channel.send(name, args);
    const answer = await channel.next(name);
    if (answer.name === 'channel.close') {
      channel.send('channel.close-ok');
      await channel.call('channel.open');
    }
    return answer;
  }

  // What is seen

  beginStep(): void {
    this.observation = new Observation();
  }

  /**
   * Waits until nothing new is seen. Something may follow all the same; but hardly on both sides, and what only one of them has
   * seen is waited for.
   */
  async awaitQuiet(): Promise<void> {
    const deadlineMs = performance.now() + CONFIRM_LIMIT_MS;
    while (!(await this.hearsNothingNew()) || (this.awaitsConfirms && performance.now() < deadlineMs));
  }

  private get awaitsConfirms(): boolean {
    return this.lines.some((line) => line.awaitsConfirms);
  }

  /** Asks queues first: what they had to deliver has then reached the channels. */
  private async hearsNothingNew(): Promise<boolean> {
    const { size } = this.observation;
    const before = this.counts;
    this.counts = await Promise.all(QUEUES.map((queue, i) => this.count(queue, this.probes[i]!)));
    for (const line of LINES) this.lines[line]!.channel.nudge();
    await Promise.all(LINES.map((line) => this.collect(line, ({ name }) => name === 'exchange.declare-ok', true)));
    await this.replaceLost();
    return this.observation.size === size && this.counts.every((count, i) => count === before[i]);
  }

  private async count(short: string, probe: WireChannel): Promise<string> {
    const answer = await this.ask(probe, 'queue.declare', { queue: this.names.full(short), passive: true });
    if (answer.name !== 'queue.declare-ok') return `${short}: ${comparableText(answer)}`;
    return `${short}: ${answer.args.messageCount} ready, ${answer.args.consumerCount} consumers`;
  }

  /** Takes what has come on the channel, up to the answer or to its end; an end of the connection is left to replaceLost. */
  private async collect(line: Line, isAnswer: (event: WireEvent) => boolean, isNudge = false): Promise<void> {
    const state = this.lines[line]!;
    for (;;) {
      let event: WireEvent;
      try {
        event = await state.channel.next();
      } catch (error) {
        if (this.isLost(connectionOf(line))) return;
        throw error;
      }
      const isLast = isAnswer(event);
      if (isLast && isNudge) return;
      state.note(event);
      this.observation.event(line, event);
      if (event.name === 'channel.close' || event.name === 'channel.close-ok') {
        if (event.name === 'channel.close') state.channel.send('channel.close-ok');
        await state.channel.call('channel.open');
        this.lines[line] = new LineState(state.channel);
        return;
      }
      if (isLast) return;
    }
  }

  private isLost(connection: number): boolean {
    const client = this.clients[connection]!;
    return client.isClosed || client.control.pending > 0;
  }

  /** Opens those connections again that the broker has closed. */
  private async replaceLost(): Promise<void> {
    for (const connection of CONNECTIONS) {
      if (!this.isLost(connection)) continue;
      const { control } = this.clients[connection]!;
      const text = control.pending > 0 ? comparableText(await control.next()) : 'the socket was closed';
      this.observation.add(`connection ${connection}`, text);
      control.send('connection.close-ok');
      await this.clients[connection]!.abort();
      await pause(AFTER_CUT_MS);
      await this.connect(connection);
    }
  }

  /** What the step has led to so far. */
  get seen(): string[] {
    const confirms = LINES.filter((line) => this.lines[line]!.isConfirming).map(
      (line) => `channel ${line} confirms: ${this.lines[line]!.confirmsText}`,
    );
    return [...this.observation.lines, ...confirms, ...this.counts].map((text) => this.names.shorten(text));
  }

  // The end

  /** Takes away all that the plan has left, whatever has happened. */
  async close(): Promise<void> {
    for (const client of this.clients) await client.abort();
    await this.administration.clearPolicies();
    for (const short of QUEUES) await this.deleteQueue(this.names.full(short));
    for (const exchange of Object.keys(this.plan.exchanges)) {
      await this.ask(this.probe, 'exchange.delete', { exchange: this.names.full(exchange) });
    }
    await this.owner.abort();
  }

  /** An exclusive queue is there for a moment longer than its connection. */
  private async deleteQueue(queue: string): Promise<void> {
    const deadlineMs = performance.now() + NOTICE_LIMIT_MS;
    do {
      const answer = await this.ask(this.probe, 'queue.delete', { queue });
      if (answer.name === 'queue.delete-ok') return;
      await pause(2);
    } while (performance.now() < deadlineMs);
  }
}
