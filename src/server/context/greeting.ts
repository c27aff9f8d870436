import type { GlobalParameters } from '../../broker/global-parameters.ts';
import type { Config } from '../../config/options.ts';
import { type FieldTable, fieldTable } from '../../protocol/field-table.ts';
import { encodeMethodFrame } from '../../protocol/method-codec.ts';

/** Until the global parameter cluster_name says otherwise. */
const DEFAULT_CLUSTER_NAME = 'leveret';

/** What every client is met with: encoded once for as long as the cluster has its name. */
export class Greeting {
  private readonly config: Config;
  private readonly globalParameters: GlobalParameters;
  private clusterName: string | undefined;
  private encoded: Buffer = Buffer.alloc(0);

  constructor(config: Config, globalParameters: GlobalParameters) {
    this.config = config;
    this.globalParameters = globalParameters;
  }

  /** A frame. */
  get octets(): Buffer {
    const given = this.globalParameters.values.get('cluster_name');
    const clusterName = typeof given === 'string' ? given : DEFAULT_CLUSTER_NAME;
    if (clusterName !== this.clusterName) {
      this.encoded = encodeGreeting(this.config, clusterName);
      this.clusterName = clusterName;
    }
    return this.encoded;
  }
}

/** The frame of connection.start, with which every client is met (AMQP 0-9-1, section 1.4.2.1). */
function encodeGreeting(config: Config, clusterName: string): Buffer {
  return encodeMethodFrame(0, 'connection.start', {
    versionMajor: 0,
    versionMinor: 9,
    serverProperties: serverProperties(config, clusterName),
    mechanisms: Buffer.from('AMQPLAIN PLAIN'),
    locales: Buffer.from('en_US'),
  });
}

function serverProperties(config: Config, clusterName: string): FieldTable {
  return fieldTable({
    capabilities: {
      publisher_confirms: true,
      exchange_exchange_bindings: true,
      'basic.nack': true,
      consumer_cancel_notify: true,
      'connection.blocked': true,
      consumer_priorities: true,
      authentication_failure_close: true,
      per_consumer_qos: true,
      direct_reply_to: true,
    },
    cluster_name: clusterName,
    copyright: 'Copyright (c) Leveret contributors',
    information:
      'Leveret, an AMQP 0-9-1 message broker for Node.js, compatible with RabbitMQ. Licensed under the MIT licence.',
    platform: `Node.js ${process.version}`,
    product: config.serverProperties.product,
    version: config.serverProperties.version,
  });
}
