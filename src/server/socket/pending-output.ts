import type { Consumer } from '../../broker/consumer.ts';
import type { Output } from './output.ts';

/** A channel in confirm mode. */
export interface ConfirmingChannel {
  writeConfirms(): void;
}

/** What waits for a connection's output: confirms for the end of the turn, and consumers for room. */
export class PendingOutput {
  private readonly output: Output;
  private confirming: ConfirmingChannel[] = [];
  private consumers: Consumer[] = [];

  constructor(output: Output) {
    this.output = output;
  }

  /** Sends the channel's confirms at the end of the turn. */
  confirmAtTurnEnd(channel: ConfirmingChannel): void {
    this.confirming.push(channel);
    this.output.reserve(0);
  }

  /** Sends all confirms that are due. They come before whatever else may end a channel. */
  writeConfirms(): void {
    if (this.confirming.length === 0) return;
    const channels = this.confirming;
    this.confirming = [];
    for (const channel of channels) channel.writeConfirms();
  }

  /** Resumes the consumer once the output is drained. */
  resumeWhenDrained(consumer: Consumer): void {
    if (consumer.awaitsOutput) return;
    consumer.awaitsOutput = true;
    this.consumers.push(consumer);
  }

  resumeConsumers(): void {
    const { consumers } = this;
    this.consumers = [];
    for (const consumer of consumers) {
      consumer.awaitsOutput = false;
      consumer.resume();
    }
  }

  forgetConsumers(): void {
    this.consumers = [];
  }
}
