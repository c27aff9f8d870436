import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { own } from './broker.ts';

const { RABBITMQCTL } = process.env;

/** Why checks that need the firehose are left out: the broker is neither ours nor one that came with its tools. */
export const TRACING: { skip?: string } =
  own.inside === undefined && RABBITMQCTL === undefined ? { skip: 'needs RABBITMQCTL' } : {};

/** Switches the firehose of the virtual host. */
export async function setTracing(vhost: string, isOn: boolean): Promise<void> {
  if (own.inside === undefined) {
    await promisify(execFile)(RABBITMQCTL!, [isOn ? 'trace_on' : 'trace_off', '-p', vhost]);
  } else if (isOn) own.inside.administration.startTracing(vhost);
  else own.inside.administration.stopTracing(vhost);
}
