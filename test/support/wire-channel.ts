import assert from 'node:assert/strict';
import { BASIC_CLASS_ID, FRAME_BODY, FRAME_HEADER, FRAME_OVERHEAD_OCTETS } from '#src/protocol/constants.js';
import { encodeMethodFrame } from '#src/protocol/method-codec.js';
import { defaultArguments } from '#src/protocol/method-defaults.test.helper.js';
import type { MethodArguments, MethodName } from '#src/protocol/methods.js';
import { decodeProperties, encodeContentHeader, type Properties } from '#src/protocol/properties.js';
import { Mailbox } from './mailbox.ts';
import {
  assertClosing,
  type CallName,
  type CloseMethod,
  type Content,
  type Delivery,
  describe,
  frame,
  type Received,
  type ReplyText,
  type WireEvent,
} from './wire-events.ts';

/** What a channel needs of its connection. */
export interface Wire {
  readonly timeoutMs: number;
  readonly frameMaxOctets: number;
  sendRaw(octets: Uint8Array): void;
}

export interface PublishOptions {
  readonly mandatory?: boolean;
  readonly immediate?: boolean;
  readonly properties?: Properties;
  /** How many octets each body frame carries; as few frames as possible unless given. */
  readonly cut?: readonly number[];
}

export class WireChannel {
  readonly number: number;
  private readonly wire: Wire;
  private readonly mailbox = new Mailbox<WireEvent>();
  private readonly protocolHeaders = new Mailbox<Buffer>();
  private incoming: { event: WireEvent; header: Buffer | undefined; size: number; parts: Buffer[] } | undefined;

  constructor(wire: Wire, number: number) {
    this.wire = wire;
    this.number = number;
  }

  /** How many events wait to be asked for. */
  get pending(): number {
    return this.mailbox.size;
  }

  /** Sends the method; arguments left out are false, 0 or empty. */
  send<Name extends MethodName>(name: Name, args: Partial<MethodArguments<Name>> = {}): void {
    this.wire.sendRaw(this.encode(name, args));
  }

  encode<Name extends MethodName>(name: Name, args: Partial<MethodArguments<Name>> = {}): Buffer {
    return encodeMethodFrame(this.number, name, { ...defaultArguments(name), ...args });
  }

  /** Sends the method and awaits its `-ok`, which must be what comes next on this channel. */
  async call<Name extends CallName>(
    name: Name,
    args: Partial<MethodArguments<Name>> = {},
  ): Promise<Received<`${Name}-ok` & MethodName>> {
    this.send(name, args);
    return this.expect(`${name}-ok` as `${Name}-ok` & MethodName);
  }

  /** The next event, which must be this method. */
  async expect<Name extends MethodName>(name: Name): Promise<Received<Name>> {
    const event = await this.next(name);
    if (event.name !== name) assert.fail(`expected ${name}, but got ${describe(event)}`);
    return event.args as Received<Name>;
  }

  next(wanted = 'anything'): Promise<WireEvent> {
    return this.mailbox.next(this.wire.timeoutMs, `${wanted} on channel ${this.number}`);
  }

  /** Waits until there is an event to ask for, or until there can be none. */
  arrivalOrEnd(): Promise<void> {
    return this.mailbox.arrivalOrEnd(this.wire.timeoutMs);
  }

  /** The next event is the server's closing of this channel; it is answered. */
  async expectChannelClose(code: number, text: ReplyText, method?: CloseMethod): Promise<void> {
    assertClosing(await this.next('channel.close'), 'channel.close', code, text, method);
    this.send('channel.close-ok');
  }

  /** Sends a method for which the server closes the channel, then opens the channel again. */
  async expectRefusal<Name extends MethodName>(
    name: Name,
    args: Partial<MethodArguments<Name>>,
    code: number,
    text: ReplyText,
  ): Promise<void> {
    this.send(name, args);
    await this.expectChannelClose(code, text, name);
    await this.call('channel.open');
  }

  /** The server's version of the protocol header, sent instead of connection.start. */
  expectProtocolHeader(): Promise<Buffer> {
    return this.protocolHeaders.next(this.wire.timeoutMs, 'a protocol header');
  }

  publish(exchange: string, routingKey: string, body: string | Buffer = '', options: PublishOptions = {}): void {
    this.wire.sendRaw(this.encodePublish(exchange, routingKey, body, options));
  }

  encodePublish(exchange: string, routingKey: string, body: string | Buffer, options: PublishOptions = {}): Buffer {
    const { mandatory = false, immediate = false, properties = {} } = options;
    const octets = Buffer.from(body);
    return Buffer.concat([
      this.encode('basic.publish', { exchange, routingKey, mandatory, immediate }),
      frame(FRAME_HEADER, this.number, encodeContentHeader(octets.length, properties)),
      ...this.bodyFrames(octets, options.cut),
    ]);
  }

  private bodyFrames(body: Buffer, cut: readonly number[] | undefined): Buffer[] {
    const frames: Buffer[] = [];
    const most = this.wire.frameMaxOctets - FRAME_OVERHEAD_OCTETS;
    let at = 0;
    for (const size of cut ?? []) {
      frames.push(frame(FRAME_BODY, this.number, body.subarray(at, at + size)));
      at += size;
    }
    for (; at < body.length; at += most) frames.push(frame(FRAME_BODY, this.number, body.subarray(at, at + most)));
    return frames;
  }

  /** A message of the queue, or undefined if it has none. */
  async get(queue: string, noAck = true): Promise<Received<'basic.get-ok'> | undefined> {
    this.send('basic.get', { queue, noAck });
    const event = await this.next('basic.get-ok');
    if (event.name === 'basic.get-empty') return undefined;
    if (event.name !== 'basic.get-ok') assert.fail(`expected basic.get-ok, but got ${describe(event)}`);
    return event.args;
  }

  /** Takes a message of the queue, which must be there and have this body. */
  async expectMessage(queue: string, body: string): Promise<Received<'basic.get-ok'>> {
    const message = await this.get(queue);
    assert.equal(message?.body.toString(), body);
    return message;
  }

  /** The queue has these messages, in this order, and no others; takes them. */
  async expectMessages(queue: string, ...bodies: readonly string[]): Promise<void> {
    const found: string[] = [];
    for (;;) {
      const message = await this.get(queue);
      if (message === undefined) break;
      found.push(message.body.toString());
    }
    assert.deepEqual(found, bodies);
  }

  /** Asks until the queue has so many messages ready: for what happens to a queue some time after its cause. */
  async awaitCount(queue: string, count: number): Promise<void> {
    const deadline = performance.now() + this.wire.timeoutMs;
    for (;;) {
      const { messageCount } = await this.call('queue.declare', { queue, passive: true });
      if (messageCount === count) return;
      assert.ok(performance.now() < deadline, `${messageCount} messages are ready, not ${count}`);
    }
  }

  /** Asks until the queue is not there any more. */
  async awaitAbsence(queue: string): Promise<void> {
    const deadline = performance.now() + this.wire.timeoutMs;
    for (;;) {
      this.send('queue.declare', { queue, passive: true });
      const event = await this.next('queue.declare-ok');
      if (event.name === 'channel.close') {
        this.send('channel.close-ok');
        await this.call('channel.open');
        if (event.args.replyCode === 404) return;
      }
      assert.ok(performance.now() < deadline, `queue ${queue} is still there`);
    }
  }

  /** The next event is a delivery; of this body, if one is given. */
  async expectDelivery(body?: string): Promise<Delivery> {
    const delivery = await this.expect('basic.deliver');
    if (body !== undefined) assert.equal(delivery.body.toString(), body);
    return delivery;
  }

  /** The next events are deliveries of these bodies in this order. */
  async expectDeliveries(...bodies: readonly string[]): Promise<Delivery[]> {
    const deliveries: Delivery[] = [];
    for (const body of bodies) deliveries.push(await this.expectDelivery(body));
    return deliveries;
  }

  /**
   * A round trip that changes nothing, after which all that the server had to say here has arrived; returns it.
   * With a queue it asks that first: what the queue had to deliver has then reached the channel.
   */
  async settle(queue?: string): Promise<WireEvent[]> {
    const events: WireEvent[] = [];
    if (queue !== undefined) {
      this.send('queue.declare', { queue, passive: true });
      await this.collectUntil('queue.declare-ok', events);
    }
    this.nudge();
    await this.collectUntil('exchange.declare-ok', events);
    return events;
  }

  /** Has something come in any case, so that who waits for an error that does not come need not wait for long. */
  nudge(): void {
    this.send('exchange.declare', { exchange: 'amq.direct', passive: true });
  }

  private async collectUntil(reply: MethodName, events: WireEvent[]): Promise<void> {
    for (;;) {
      const event = await this.next(reply);
      if (event.name === reply) return;
      events.push(event);
    }
  }

  /** Nothing has arrived, and nothing that the server does for what it was sent so far arrives. */
  async expectNothing(queue?: string): Promise<void> {
    assert.deepEqual((await this.settle(queue)).map(describe), []);
  }

  receiveMethod(event: WireEvent): void {
    assert.equal(this.incoming, undefined, 'a method between a content header and its body');
    if (hasContent(event.name)) this.incoming = { event, header: undefined, size: 0, parts: [] };
    else this.mailbox.push(event);
  }

  receiveHeader(payload: Buffer): void {
    assert.ok(this.incoming !== undefined && this.incoming.header === undefined, 'a content header out of place');
    assert.equal(payload.readUInt16BE(0), BASIC_CLASS_ID, 'class id of the content header');
    this.incoming.header = payload;
    this.incoming.size = Number(payload.readBigUInt64BE(4));
    this.receiveBodyPart();
  }

  receiveBody(payload: Buffer): void {
    assert.ok(this.incoming?.header !== undefined, 'a body frame out of place');
    assert.ok(payload.length + FRAME_OVERHEAD_OCTETS <= this.wire.frameMaxOctets, 'frame larger than frame-max');
    this.incoming.parts.push(payload);
    this.receiveBodyPart();
  }

  private receiveBodyPart(): void {
    const { event, header, size, parts } = this.incoming!;
    const body = Buffer.concat(parts);
    if (body.length < size) return;
    assert.equal(body.length, size, 'body size');
    const properties = decodeProperties(header!, 0, header!.length);
    this.incoming = undefined;
    const content: Content = { properties, body, header: header!, frameSizes: parts.map((part) => part.length) };
    this.mailbox.push({ name: event.name, args: { ...event.args, ...content } } as WireEvent);
  }

  receiveProtocolHeader(octets: Buffer): void {
    this.protocolHeaders.push(octets);
  }

  end(reason: Error): void {
    this.mailbox.end(reason);
    this.protocolHeaders.end(reason);
  }
}

function hasContent(name: MethodName): boolean {
  return name === 'basic.deliver' || name === 'basic.get-ok' || name === 'basic.return';
}
