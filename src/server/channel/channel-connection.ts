import type { User } from '../../auth/user-directory.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import type { Logger } from '../../observe/logger.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import type { MessageJournal } from '../../storage/message-journal.ts';
import type { QuorumNotice } from '../context/quorum-notice.ts';
import type { Backpressure } from '../socket/backpressure.ts';
import type { ConnectionInput } from '../socket/connection-input.ts';
import type { Output } from '../socket/output.ts';
import type { PendingOutput } from '../socket/pending-output.ts';
import type { ChannelHolds } from './channel-hold.ts';

/** What a channel needs of the connection that it belongs to. */
export interface ChannelConnection {
  /** What RabbitMQ calls it: both ends' addresses. */
  readonly name: string;
  readonly output: Output;
  readonly vhost: VirtualHost;
  readonly store: MessageStore;
  /** Undefined: nothing survives a restart here. */
  readonly journal: MessageJournal | undefined;
  readonly user: User;
  readonly log: Logger;
  /** The negotiated frame-max less the octets around a payload. */
  readonly maxPayloadOctets: number;
  readonly maxMessageSizeOctets: number;
  /** How long a delivery may stay unacknowledged, unless its queue has a limit of its own; 0: for good. */
  readonly consumerTimeoutMs: number;
  /** Whether the client wants basic.cancel when a queue goes away. */
  readonly notifiesOfCancel: boolean;
  readonly input: ConnectionInput;
  readonly backpressure: Backpressure;
  readonly holds: ChannelHolds;
  readonly pending: PendingOutput;
  readonly quorumNotice: QuorumNotice;
  /** What clients were to be told is on disk may not be: ends the connection. */
  commitFailed(error: Error): void;
}
