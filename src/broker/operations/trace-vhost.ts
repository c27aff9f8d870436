import { Firehose } from '../firehose.ts';
import { addTracer, removeTracer } from '../tracer.ts';
import type { VirtualHost } from '../vhost.ts';

/** Traces all messages of the virtual host from now on (see `Firehose`), until it is stopped or the broker ends. */
export function startTracing(vhost: VirtualHost, node: string): void {
  if (vhost.firehose !== undefined) return;
  vhost.firehose = new Firehose(vhost, node);
  addTracer(vhost, vhost.firehose);
}

export function stopTracing(vhost: VirtualHost): void {
  if (vhost.firehose === undefined) return;
  removeTracer(vhost, vhost.firehose);
  vhost.firehose = undefined;
}
