import { REPLY_CODES, type ReplyName } from './constants.ts';

/** What a short string holds. */
const MAX_REPLY_TEXT_OCTETS = 255;
/** Ends a reply text that was cut. */
const ELLIPSIS = '...';

/** Replies that close only the channel they happened on; every other one closes the connection. */
const CHANNEL_ERRORS: ReadonlySet<ReplyName> = new Set<ReplyName>([
  'CONTENT_TOO_LARGE',
  'NO_ROUTE',
  'NO_CONSUMERS',
  'ACCESS_REFUSED',
  'NOT_FOUND',
  'RESOURCE_LOCKED',
  'PRECONDITION_FAILED',
]);

/** Arguments of channel.close and connection.close. */
export interface CloseArguments {
  readonly replyCode: number;
  readonly replyText: string;
  readonly classId: number;
  readonly methodId: number;
}

/**
 * A peer's mistake, to be answered with channel.close or connection.close (AMQP 0-9-1, sections 1.8 and 4.2.6).
 * Whoever catches it knows which method was being handled and adds its ids to the reply.
 */
export class AmqpError extends Error {
  readonly reply: ReplyName;
  /** True: the connection closes. False: the channel closes and the connection goes on. */
  readonly closesConnection: boolean;
  /** False: no method is to blame, so the reply names none. */
  readonly blamesMethod: boolean;

  /** @param explanation what went wrong, in RabbitMQ's words; the reply's name is put before it */
  constructor(reply: ReplyName, explanation: string, { blamesMethod = true } = {}) {
    super(explanation);
    this.name = 'AmqpError';
    this.reply = reply;
    this.closesConnection = !CHANNEL_ERRORS.has(reply);
    this.blamesMethod = blamesMethod;
  }

  get replyCode(): number {
    return REPLY_CODES[this.reply];
  }

  /** What channel.close or connection.close says. @param method class and method id of what was being handled; 0: none */
  closeArguments(method: number): CloseArguments {
    const blamed = this.blamesMethod ? method : 0;
    const { replyCode, replyText } = this;
    return { replyCode, replyText, classId: blamed >>> 16, methodId: blamed & 0xffff };
  }

  /** `NAME - explanation`, as far as a short string holds it. */
  get replyText(): string {
    return shortened(this.message === '' ? this.reply : `${this.reply} - ${this.message}`);
  }
}

/** Cuts the text where RabbitMQ does, but never inside of a UTF-8 sequence. */
function shortened(text: string): string {
  if (Buffer.byteLength(text) <= MAX_REPLY_TEXT_OCTETS) return text;
  const octets = Buffer.from(text);
  let end = MAX_REPLY_TEXT_OCTETS - ELLIPSIS.length;
  while ((octets[end]! & 0xc0) === 0x80) end--;
  return octets.toString('utf8', 0, end) + ELLIPSIS;
}
