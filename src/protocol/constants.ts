/** Octets that a client sends first: "AMQP", protocol id 0, version 0-9-1 (AMQP 0-9-1, section 4.2.2). */
export const PROTOCOL_HEADER: Buffer = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);

export const FRAME_METHOD = 1;
export const FRAME_HEADER = 2;
export const FRAME_BODY = 3;
export const FRAME_HEARTBEAT = 8;
export const FRAME_END = 0xce;

/** Octets of type, channel and size before a frame's payload. */
export const FRAME_HEADER_SIZE_OCTETS = 7;
/** Octets that a frame has beside its payload: its header and its end octet. */
export const FRAME_OVERHEAD_OCTETS = 8;
/** Octets of class and method id, which a method's arguments come after. */
export const METHOD_IDS_OCTETS = 4;
/** The smallest frame-max that a peer may ask for (AMQP 0-9-1, section 4.2.3). */
export const FRAME_MIN_SIZE_OCTETS = 4096;
/** The largest frame until a size is negotiated, as in RabbitMQ since 3.12: what strangers send is kept until it is whole. */
export const INITIAL_FRAME_MAX_OCTETS = 8192;

/** The class whose methods carry content: basic. */
export const BASIC_CLASS_ID = 60;

/** Reply codes (AMQP 0-9-1, section 1.8) by the names that reply texts begin with. */
export const REPLY_CODES = {
  REPLY_SUCCESS: 200,
  CONTENT_TOO_LARGE: 311,
  NO_ROUTE: 312,
  NO_CONSUMERS: 313,
  CONNECTION_FORCED: 320,
  INVALID_PATH: 402,
  ACCESS_REFUSED: 403,
  NOT_FOUND: 404,
  RESOURCE_LOCKED: 405,
  PRECONDITION_FAILED: 406,
  FRAME_ERROR: 501,
  SYNTAX_ERROR: 502,
  COMMAND_INVALID: 503,
  CHANNEL_ERROR: 504,
  UNEXPECTED_FRAME: 505,
  RESOURCE_ERROR: 506,
  NOT_ALLOWED: 530,
  NOT_IMPLEMENTED: 540,
  INTERNAL_ERROR: 541,
} as const;

export type ReplyName = keyof typeof REPLY_CODES;
