import { Firehose } from '../firehose.ts';
import type { VirtualHost } from '../vhost.ts';

/** Traces all messages of the virtual host from now on (see `Firehose`), until it is stopped or the broker ends. */
export function startTracing(vhost: VirtualHost, node: string): void {
  vhost.firehose ??= new Firehose(vhost, node);
}

export function stopTracing(vhost: VirtualHost): void {
  vhost.firehose = undefined;
}
