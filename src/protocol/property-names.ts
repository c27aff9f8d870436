import type { Properties } from './properties.ts';

/** Properties by the names that the specification gives them (AMQP 0-9-1, section 4.2.6.1), and RabbitMQ wherever it shows them. */
export const PROPERTY_NAMES: Readonly<Record<keyof Properties, string>> = {
  contentType: 'content_type',
  contentEncoding: 'content_encoding',
  headers: 'headers',
  deliveryMode: 'delivery_mode',
  priority: 'priority',
  correlationId: 'correlation_id',
  replyTo: 'reply_to',
  expiration: 'expiration',
  messageId: 'message_id',
  timestamp: 'timestamp',
  type: 'type',
  userId: 'user_id',
  appId: 'app_id',
  clusterId: 'cluster_id',
};
