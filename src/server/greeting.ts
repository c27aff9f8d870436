import type { Config } from '../config/options.ts';
import { type FieldTable, fieldTable } from '../protocol/field-table.ts';
import { encodeMethodFrame } from '../protocol/method-codec.ts';

/** The frame of connection.start, with which every client is met (AMQP 0-9-1, section 1.4.2.1). */
export function encodeGreeting(config: Config): Buffer {
  return encodeMethodFrame(0, 'connection.start', {
    versionMajor: 0,
    versionMinor: 9,
    serverProperties: serverProperties(config),
    mechanisms: Buffer.from('AMQPLAIN PLAIN'),
    locales: Buffer.from('en_US'),
  });
}

function serverProperties(config: Config): FieldTable {
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
    cluster_name: 'leveret',
    copyright: 'Copyright (c) Leveret contributors',
    information: 'Leveret, an AMQP 0-9-1 broker. Licensed under the MIT licence.',
    platform: `Node.js ${process.version}`,
    product: config.serverProperties.product,
    version: config.serverProperties.version,
  });
}
