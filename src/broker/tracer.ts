import type { Message } from '../protocol/message.ts';
import type { Receiver } from './routing/router.ts';

/** Who publishes, or gets a delivery. */
export interface TraceOrigin {
  /** The connection's name. */
  readonly connection: string;
  readonly channel: number;
  readonly user: string;
}

/** Is told of each message that clients publish and are given in a virtual host. Views of messages are valid in the call. */
export interface Tracer {
  /**
   * A client has published the message.
   * @param routingKeys all that it was routed by
   * @param receivers where it went
   */
  published(
    message: Message,
    routingKeys: readonly string[],
    receivers: readonly Receiver[],
    origin: TraceOrigin,
  ): void;
  /** A client is given the message. */
  delivered(message: Message, queue: string, redelivered: boolean, origin: TraceOrigin): void;
}

/** A virtual host, as far as it is traced. */
interface Traced {
  tracer: Tracer | undefined;
}

/** Has the tracer told of all messages from now on. */
export function addTracer(vhost: Traced, tracer: Tracer): void {
  vhost.tracer = tracerOf([...tracersOf(vhost), tracer]);
}

export function removeTracer(vhost: Traced, tracer: Tracer): void {
  vhost.tracer = tracerOf(tracersOf(vhost).filter((other) => other !== tracer));
}

function tracersOf({ tracer }: Traced): readonly Tracer[] {
  if (tracer === undefined) return [];
  return tracer instanceof Tracers ? tracer.tracers : [tracer];
}

function tracerOf(tracers: readonly Tracer[]): Tracer | undefined {
  return tracers.length > 1 ? new Tracers(tracers) : tracers[0];
}

class Tracers implements Tracer {
  readonly tracers: readonly Tracer[];

  constructor(tracers: readonly Tracer[]) {
    this.tracers = tracers;
  }

  published(...facts: Parameters<Tracer['published']>): void {
    for (const tracer of this.tracers) tracer.published(...facts);
  }

  delivered(...facts: Parameters<Tracer['delivered']>): void {
    for (const tracer of this.tracers) tracer.delivered(...facts);
  }
}
