/** What is counted of a channel, by RabbitMQ's names and in the order of their columns. */
export const CHANNEL_COUNTS = [
  'publish',
  'confirm',
  'return_unroutable',
  'drop_unroutable',
  'deliver',
  'deliver_no_ack',
  'get',
  'get_no_ack',
  'get_empty',
  'ack',
  'redeliver',
] as const;

export type ChannelCount = (typeof CHANNEL_COUNTS)[number];
export type ChannelCounts = Readonly<Record<ChannelCount, number>>;
