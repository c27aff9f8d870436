/** What all pages show of a queue. Its consumers are not in it: there may be thousands. */
export const QUEUE_FIELDS = [
  'name',
  'vhost',
  'type',
  'durable',
  'auto_delete',
  'exclusive',
  'policy',
  'state',
  'consumers',
  'messages_ready',
  'messages_unacknowledged',
  'message_bytes',
  'message_stats.publish_details.rate',
  'message_stats.deliver_get_details.rate',
];
