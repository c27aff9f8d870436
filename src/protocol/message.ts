import { violated } from '../observe/invariants.ts';
import { decodeShortString } from './field-table.ts';
import { decodeProperties, PROPERTY_FLAGS_OFFSET, type Properties } from './properties.ts';

const NOTHING = Buffer.alloc(0);

/** Bodies above this are passed on as slices of the chunks they came in; up to this, copying is cheaper. */
export const LARGE_BODY_OCTETS = 16 * 1024;

/** A message's `slot` as long as no store holds it. */
export const NOT_STORED = -1;

/** Memory of a store that octets lie in until it is used for others, or they are moved. */
export interface OctetSource {
  /** Grows whenever octets that lay there may not be there any more: views of them must not be used then. */
  readonly generation: number;
}

/** Where octets lie that must stay while they are being sent. */
export interface Keeper {
  pin(): void;
  unpin(): void;
}

/**
 * A view of one message's octets where they lie: in the socket's chunks while it is being published, in a segment once
 * it is stored. One Message serves for many messages, one after the other, so that none of them costs an object; what
 * is needed longer than the current call is to be copied or stored.
 *
 *     basic.publish payload           content header payload                body
 *     ┌─────────┬───────────────────┐ ┌───────┬──────┬───────┬───────────┐ ┌──────────────┐
 *     │ ids, …  │ exchange │ key    │ │ class │ size │ flags │ properties│ │ octets       │
 *     └─────────┴───────────────────┘ └───────┴──────┴───────┴───────────┘ └──────────────┘
 *               route (two short strings)  header: passed on untouched      one range, or pieces
 */
export class Message {
  /** Exchange and routing key as the two short strings that publish and deliver both carry. */
  route: Buffer = NOTHING;
  routeStart = 0;
  routeEnd = 0;
  /** The content header frame's payload. */
  header: Buffer = NOTHING;
  headerStart = 0;
  headerEnd = 0;
  bodySize = 0;
  /** The body in one range, unless `pieces` hold it. */
  body: Buffer = NOTHING;
  bodyStart = 0;
  bodyEnd = 0;
  pieces: readonly Buffer[] | undefined = undefined;
  /** Header and body lie in one buffer as two whole frames, the one behind the other (see content-frames.ts). */
  isFramed = false;
  /** Its headers ask for a delay, as a scan has found: whoever publishes a message says so of it. */
  isDelayed = false;
  /** Where the store holds the message, or NOT_STORED. The store alone writes it (storage/message/stored-as.ts). */
  readonly slot: number = NOT_STORED;
  /** It was stored while it was being published, and has a reference of its own until the publish ends (MessageStore.endPublish). */
  readonly isHolder: boolean = false;
  /** Of a view of a stored message: where the octets lie, and since when. Undefined: nobody moves them. */
  source: OctetSource | undefined = undefined;
  sourceGeneration = 0;
  /** Whoever sends a large body as a slice pins it here meanwhile; undefined: nobody needs to know. */
  keeper: Keeper | undefined = undefined;

  get exchange(): string {
    const start = this.routeStart + 1;
    return decodeShortString(this.route, start, start + this.route[this.routeStart]!);
  }

  get routingKey(): string {
    const keyAt = this.routeStart + 1 + this.route[this.routeStart]!;
    return decodeShortString(this.route, keyAt + 1, keyAt + 1 + this.route[keyAt]!);
  }

  /** Which properties there are, by their flags, without decoding any. */
  get propertyFlags(): number {
    const at = this.headerStart + PROPERTY_FLAGS_OFFSET;
    return (this.header[at]! << 8) | this.header[at + 1]!;
  }

  /** Whoever passes the octets on asks this first: those that were moved or overwritten meanwhile must not go anywhere. */
  requireValid(): void {
    if (this.source !== undefined && this.source.generation !== this.sourceGeneration) this.violatesLifetime();
  }

  private violatesLifetime(): never {
    violated(`the view of the message in slot ${this.slot} was used after its octets were given up`);
  }

  /** Decodes the properties anew at each call. @throws AmqpError SYNTAX_ERROR if they are not properties */
  properties(): Properties {
    this.requireValid();
    return decodeProperties(this.header, this.headerStart, this.headerEnd);
  }

  /** Releases the buffers, so that an idle view keeps no chunk alive. */
  clear(): void {
    if (this.isHolder)
      violated(`the message in slot ${this.slot} is dropped with its reference: its publish has not ended`);
    this.route = this.header = this.body = NOTHING;
    this.routeStart = this.routeEnd = this.headerStart = this.headerEnd = this.bodyStart = this.bodyEnd = 0;
    this.bodySize = 0;
    this.pieces = undefined;
    this.isFramed = false;
    this.isDelayed = false;
    (this as { slot: number }).slot = NOT_STORED;
    this.keeper = undefined;
    this.source = undefined;
  }
}
