import type { Permissions } from '../auth/permissions.ts';
import type { User } from '../auth/user-directory.ts';
import type { Consumer } from '../broker/consumer.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import type { Logger } from '../observe/logger.ts';
import type { MessageStore } from '../storage/message-store.ts';
import type { Output } from './output.ts';
import type { PublisherPace } from './publisher-pace.ts';

/** What a channel needs of the connection that it belongs to. */
export interface ChannelConnection {
  readonly output: Output;
  readonly vhost: VirtualHost;
  readonly store: MessageStore;
  readonly user: User;
  readonly permissions: Permissions;
  readonly log: Logger;
  /** The negotiated frame-max less the octets around a payload. */
  readonly maxPayloadOctets: number;
  readonly maxMessageSizeOctets: number;
  /** Whether the client wants basic.cancel when a queue goes away. */
  readonly notifiesOfCancel: boolean;
  /** The octets in a buffer that stays as it is, at the same place: what was read is copied before it is parsed. */
  lasting(octets: Buffer): Buffer;
  /** A message has begun to come in, or has come in whole: in between, it may have to be kept. */
  contentBegun(receiver: ContentReceiver): void;
  contentEnded(receiver: ContentReceiver): void;
  readonly pace: PublisherPace;
  /** Sends the channel's confirms at the end of the turn. */
  confirmAtTurnEnd(channel: ConfirmingChannel): void;
  /** Resumes the consumer once the output is drained. */
  resumeWhenDrained(consumer: Consumer): void;
  /** A message was published: where memory runs short, the connection is blocked. */
  afterPublish(): void;
}

export interface ConfirmingChannel {
  writeConfirms(): void;
}

export interface ContentReceiver {
  /** Copies what has come in so far, because the octets it lies in are about to change. */
  keepIncoming(): void;
}
