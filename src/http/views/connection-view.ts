import type { Consumer } from '../../broker/consumer.ts';
import type { Queue } from '../../broker/queue/queue.ts';
import type { OpenConnection } from '../../server/amqp-server.ts';
import type { Channel } from '../../server/channel/channel.ts';
import type { JsonObject } from '../listing/columns.ts';
import { argumentsJson } from './field-json.ts';

export function connectionView(connection: OpenConnection, node: string): JsonObject {
  const { details, user, vhost, state } = connection;
  const { agreement } = details;
  return {
    name: connection.name,
    node,
    type: 'network',
    protocol: 'AMQP 0-9-1',
    state,
    user: user.name,
    user_who_performed_action: user.name,
    vhost: vhost.name,
    channels: [...connection.openChannels].length,
    host: details.host,
    port: details.port,
    peer_host: details.peerHost,
    peer_port: details.peerPort,
    auth_mechanism: agreement.mechanism,
    channel_max: agreement.channelMax,
    frame_max: agreement.frameMaxOctets,
    timeout: agreement.heartbeatS,
    client_properties: argumentsJson(agreement.clientProperties),
    connected_at: details.openedAtMs,
    recv_oct: details.receivedOctets,
    send_oct: details.sentOctets,
    recv_cnt: connection.receivedPackets,
    send_cnt: connection.output.sentPackets,
    send_pend: connection.output.unreadOctets,
    ssl: false,
    ssl_protocol: null,
    ssl_key_exchange: null,
    ssl_cipher: null,
    ssl_hash: null,
    peer_cert_subject: null,
    peer_cert_issuer: null,
    peer_cert_validity: null,
  };
}

/** A channel with the connection that it is on. */
export interface OpenChannel {
  readonly connection: OpenConnection;
  readonly channel: Channel;
}

export function channelName({ connection, channel }: OpenChannel): string {
  return `${connection.name} (${channel.number})`;
}

export function channelView(open: OpenChannel, node: string): JsonObject {
  const { connection, channel } = open;
  const { consuming, publishing } = channel;
  const { transaction } = publishing;
  const { name, details } = connection;
  return {
    name: channelName(open),
    number: channel.number,
    node,
    user: connection.user.name,
    user_who_performed_action: connection.user.name,
    vhost: connection.vhost.name,
    state: 'running',
    connection_details: { name, peer_host: details.peerHost, peer_port: details.peerPort },
    confirm: publishing.confirms !== undefined,
    transactional: transaction !== undefined,
    consumer_count: consuming.consumerCount,
    prefetch_count: consuming.consumerPrefetch,
    global_prefetch_count: consuming.channelPrefetch,
    messages_unacknowledged: consuming.unackedCount,
    messages_unconfirmed: publishing.confirms?.unconfirmedCount ?? 0,
    messages_uncommitted: transaction?.publishCount ?? 0,
    acks_uncommitted: transaction?.settlementCount ?? 0,
  };
}

/** A consumer with the channel that it is on. */
export interface OpenConsumer extends OpenChannel {
  readonly consumer: Consumer;
}

export function consumerView(open: OpenConsumer, node: string): JsonObject {
  const { connection, channel, consumer } = open;
  const { name, details } = connection;
  const queue = consumer.queue as Queue; // consumers are started on nothing else
  const isActive = queue.consumers.isActive(consumer);
  return {
    consumer_tag: consumer.tag,
    queue: { name: queue.name, vhost: queue.vhost },
    ack_required: !consumer.noAck,
    exclusive: consumer.exclusive,
    prefetch_count: consumer.prefetchCount,
    active: isActive,
    activity_status: queue.consumers.isSingleActive ? (isActive ? 'single_active' : 'waiting') : 'up',
    arguments: argumentsJson(consumer.arguments),
    channel_details: {
      name: channelName(open),
      number: channel.number,
      connection_name: name,
      node,
      peer_host: details.peerHost,
      peer_port: details.peerPort,
      user: connection.user.name,
    },
  };
}

export function* channelsOf(connections: Iterable<OpenConnection>): Generator<OpenChannel> {
  for (const connection of connections) {
    for (const channel of connection.openChannels) yield { connection, channel };
  }
}

export function* consumersOf(connections: Iterable<OpenConnection>): Generator<OpenConsumer> {
  for (const open of channelsOf(connections)) {
    for (const consumer of open.channel.consuming.consumers) yield { ...open, consumer };
  }
}
