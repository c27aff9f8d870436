/** What the API answers, as far as the pages show it. */
export type Table = Readonly<Record<string, unknown>>;

/** A part of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly page: number;
  readonly page_count: number;
  readonly filtered_count: number;
  readonly total_count: number;
}

export interface RateDetails {
  readonly rate: number;
  /** Where they were asked for: the newest first, at milliseconds since 1970. */
  readonly samples?: readonly Sample[];
}

export interface Sample {
  readonly sample: number;
  readonly timestamp: number;
}

/** Counts since the start; the last is of what is beyond all bounds. */
export interface Histogram {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** How many messages there were of each kind, and how many a second there are now. */
export interface MessageStats {
  readonly publish_details?: RateDetails;
  readonly confirm_details?: RateDetails;
  readonly deliver_get_details?: RateDetails;
  readonly ack_details?: RateDetails;
  readonly redeliver_details?: RateDetails;
}

export interface Overview {
  readonly cluster_name: string;
  readonly leveret_version?: string;
  readonly rabbitmq_version: string;
  readonly exchange_types: readonly { readonly name: string }[];
  readonly object_totals: {
    readonly queues: number;
    readonly exchanges: number;
    readonly connections: number;
    readonly channels: number;
    /** Of those who may look at what belongs to others. */
    readonly consumers?: number;
  };
  readonly queue_totals: {
    readonly messages?: number;
    readonly messages_ready?: number;
    readonly messages_unacknowledged?: number;
    readonly messages_ready_details?: RateDetails;
    readonly messages_unacknowledged_details?: RateDetails;
  };
  readonly message_stats?: MessageStats;
  readonly listeners?: readonly Listener[];
}

export interface Listener {
  readonly protocol: string;
  readonly ip_address: string;
  readonly port: number;
}

export type HistogramName = 'sync_seconds' | 'event_loop_delay_seconds' | 'delivery_milliseconds';

export interface Node {
  readonly name: string;
  readonly uptime: number;
  readonly mem_used: number;
  readonly mem_limit: number;
  readonly mem_alarm: boolean;
  readonly disk_free_alarm: boolean;
  readonly disk_free?: number;
  readonly disk_free_limit?: number;
  readonly sockets_used: number;
  readonly mem_used_details?: RateDetails;
  readonly disk_free_details?: RateDetails;
  readonly histograms: Readonly<Record<HistogramName, Histogram>>;
}

export interface Queue {
  readonly name: string;
  readonly vhost: string;
  readonly type: string;
  readonly durable: boolean;
  readonly auto_delete: boolean;
  readonly exclusive: boolean;
  readonly arguments: Table;
  readonly state: string;
  readonly policy: string | null;
  readonly operator_policy: string | null;
  readonly effective_policy_definition: Table;
  readonly consumers: number;
  readonly messages: number;
  readonly messages_ready: number;
  readonly messages_unacknowledged: number;
  /** Octets of all bodies. */
  readonly message_bytes: number;
  readonly message_stats?: MessageStats;
  readonly consumer_details?: readonly Consumer[];
}

export interface Consumer {
  readonly consumer_tag: string;
  readonly ack_required: boolean;
  readonly exclusive: boolean;
  readonly prefetch_count: number;
  readonly activity_status: string;
  readonly channel_details: { readonly name: string; readonly user: string };
}

export interface Exchange {
  readonly name: string;
  readonly vhost: string;
  readonly type: string;
  readonly durable: boolean;
  readonly auto_delete: boolean;
  readonly internal: boolean;
  readonly arguments: Table;
  readonly policy?: string;
  readonly message_stats?: { readonly publish_in_details?: RateDetails; readonly publish_out_details?: RateDetails };
}

export interface Binding {
  readonly source: string;
  readonly vhost: string;
  readonly destination: string;
  readonly destination_type: 'queue' | 'exchange';
  readonly routing_key: string;
  readonly arguments: Table;
  readonly properties_key: string;
}

/** What of a message's body is shown. */
export interface Payload {
  /** Of the whole body. */
  readonly payload_bytes: number;
  readonly payload: string;
  readonly payload_encoding: 'string' | 'base64';
}

export interface Message extends Payload {
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routing_key: string;
  readonly message_count: number;
  readonly properties: Table;
}

/** A message that stays where it is. */
export interface BrowsedMessage extends Payload {
  readonly position: number;
  readonly ticket: string;
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routing_key: string;
  /** Milliseconds since 1970. */
  readonly received_at: number;
  readonly properties: Table;
}

/** What became of messages that were to be elsewhere. */
export interface Relocation {
  readonly moved: number;
  readonly stayed: number;
  readonly error: string | null;
}

export interface TracedMessage extends Payload {
  readonly kind: 'publish' | 'deliver';
  readonly time: number;
  readonly user: string;
  readonly connection: string;
  readonly channel: number;
  readonly exchange: string;
  readonly routing_keys: readonly string[];
  readonly queues: readonly string[];
  readonly redelivered: boolean;
  readonly properties: Table;
}

export interface LogLine {
  readonly number: number;
  readonly time: number;
  readonly level: string;
  readonly message: string;
  readonly fields: Table;
}

/** The way that a message would take. */
export interface RouteTrace {
  readonly routing_keys: readonly string[];
  readonly exchanges: readonly TracedExchange[];
  readonly queue_count: number;
  /** Not all of them, if there are very many. */
  readonly queues: readonly TracedQueue[];
}

export interface TracedExchange {
  readonly exchange: string;
  readonly type: string;
  readonly certain: boolean;
  readonly after_ms: number;
  readonly picks: 'hash' | 'chance' | null;
  readonly duplicate: boolean;
  readonly delay_ms: number;
  readonly alternate_exchange: string | null;
  readonly goes_to_alternate: boolean;
  readonly binding_count: number;
  readonly bindings: readonly TracedBinding[];
}

export type TracedBinding = Pick<Binding, 'destination' | 'destination_type' | 'routing_key' | 'arguments'>;

export interface TracedQueue {
  readonly name: string;
  readonly outcome: 'taken' | 'refused' | 'dead-lettered' | 'duplicate';
  readonly certain: boolean;
  readonly after_ms: number;
}

/** What messages pass through. */
export interface Topology {
  readonly nodes: readonly TopologyNode[];
  readonly edges: readonly TopologyEdge[];
  /** How many nodes were left out because they are idle, or too many. */
  readonly idle: number;
  readonly surplus: number;
}

export type TopologyNodeKind = 'producer' | 'exchange' | 'queue' | 'consumer';

export interface TopologyNode {
  readonly id: string;
  readonly kind: TopologyNodeKind;
  readonly vhost: string;
  readonly name: string;
  /** The type of an exchange, the state of a queue that is not running, what a client calls its connection. */
  readonly note: string;
  readonly in: number;
  readonly out: number;
  readonly messages: number;
}

export interface TopologyEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'publish' | 'binding' | 'alternate' | 'dead-letter' | 'consume';
  readonly count: number;
  readonly rate: number;
  readonly keys: readonly string[];
}

export interface Connection {
  readonly name: string;
  readonly user: string;
  readonly vhost: string;
  readonly state: string;
  readonly protocol: string;
  readonly channels: number;
  readonly peer_host: string;
  readonly peer_port: number;
  readonly timeout: number;
  readonly frame_max: number;
  readonly channel_max: number;
  readonly auth_mechanism: string;
  readonly connected_at: number;
  readonly recv_oct: number;
  readonly send_oct: number;
  readonly client_properties: Table;
}

export interface Channel {
  readonly name: string;
  readonly number: number;
  readonly user: string;
  readonly vhost: string;
  readonly state: string;
  readonly connection_details: { readonly name: string };
  readonly confirm: boolean;
  readonly transactional: boolean;
  readonly consumer_count: number;
  readonly prefetch_count: number;
  readonly messages_unacknowledged: number;
  readonly messages_unconfirmed: number;
}

export interface User {
  readonly name: string;
  readonly password_hash: string;
  readonly hashing_algorithm: string;
  readonly tags: readonly string[] | string;
}

export interface Permission {
  readonly user: string;
  readonly vhost: string;
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

export interface TopicPermission {
  readonly user: string;
  readonly vhost: string;
  readonly exchange: string;
  readonly write: string;
  readonly read: string;
}

export interface Parameter {
  readonly name: string;
  readonly value: unknown;
  /** Of those that are not the broker's. */
  readonly vhost?: string;
  readonly component?: string;
}

export interface VirtualHost {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** `undefined`: none. */
  readonly default_queue_type: string;
  readonly tracing: boolean;
  readonly messages?: number;
  readonly messages_ready?: number;
  readonly message_stats?: MessageStats;
}

export interface Policy {
  readonly vhost: string;
  readonly name: string;
  readonly pattern: string;
  readonly 'apply-to': string;
  readonly priority: number;
  readonly definition: Table;
}

export interface Limits {
  readonly vhost?: string;
  readonly user?: string;
  readonly value: Readonly<Record<string, number>>;
}
