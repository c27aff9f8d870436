import { type EventSource, EventStream } from './event-stream.ts';
import { HttpError } from './http-error.ts';

/** At a time: each costs what is told of each message or line. */
const MAX_STREAMS = 32;

/** All event streams that are open. */
export class EventStreams {
  private readonly streams = new Set<EventStream>();

  /** @throws HttpError 503 where there are too many */
  open(source: EventSource): EventStream {
    if (this.streams.size >= MAX_STREAMS) {
      source.close();
      throw new HttpError(503, 'service_unavailable', `no more than ${MAX_STREAMS} traces and logs can be watched`);
    }
    const stream = new EventStream(source);
    this.streams.add(stream);
    stream.once('close', () => this.streams.delete(stream));
    return stream;
  }

  get count(): number {
    return this.streams.size;
  }

  /** Ends all of them: they would last for good. */
  close(): void {
    for (const stream of this.streams) stream.end();
  }
}
