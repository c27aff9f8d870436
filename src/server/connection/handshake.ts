import { decodeAmqplain, decodePlain } from '../../auth/sasl.ts';
import type { User } from '../../auth/user-directory.ts';
import type { Endpoint } from '../../broker/events/broker-events.ts';
import { requireConnectionRoom } from '../../broker/limits/vhost-room.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { FRAME_MIN_SIZE_OCTETS } from '../../protocol/constants.ts';
import { FieldReader, type FieldTable } from '../../protocol/field-table.ts';
import { decodeArguments } from '../../protocol/method-codec.ts';
import type { MethodArguments, MethodName } from '../../protocol/methods.ts';
import { OctetWriter } from '../../protocol/octet-writer.ts';
import type { UserShare } from '../accounts/user-limits.ts';
import type { ServerContext } from '../context/server-context.ts';

/** What both sides have agreed on by the time that the virtual host is open. */
export interface Agreement {
  readonly user: User;
  readonly share: UserShare;
  readonly vhost: VirtualHost;
  readonly mechanism: string;
  readonly clientProperties: FieldTable;
  readonly channelMax: number;
  readonly frameMaxOctets: number;
  readonly heartbeatS: number;
}

/** What a handshake needs of its connection. */
export interface HandshakePeer {
  readonly isLoopback: boolean;
  /** See `ChannelConnection.name`. */
  readonly name: string;
  readonly local: Endpoint;
  readonly peer: Endpoint;
  send<Name extends MethodName>(name: Name, args: MethodArguments<Name>): void;
  /** The peer may not log in, and can't be told: the connection is dropped. */
  drop(): void;
  opened(agreement: Agreement): void;
}

/** Methods of the handshake, each in the state that it is due in. */
const DUE = { starting: 'connection.start-ok', tuning: 'connection.tune-ok', opening: 'connection.open' } as const;

/**
 * From the protocol header to an open virtual host (AMQP 0-9-1, section 1.4 and 2.2.4):
 *
 *     start → start-ok → tune → tune-ok, open → open-ok
 *     └── starting ──┘   └─ tuning ─┘└ opening ┘
 */
export class Handshake {
  private readonly context: ServerContext;
  private readonly peer: HandshakePeer;
  private state: keyof typeof DUE = 'starting';
  private user: User | undefined;
  private mechanism = '';
  private clientProperties: FieldTable = new Map();
  private tuned: MethodArguments<'connection.tune-ok'> | undefined;

  constructor(context: ServerContext, peer: HandshakePeer) {
    this.context = context;
    this.peer = peer;
  }

  /** A method on channel 0. The octets are its arguments. @throws AmqpError if it is not due, or not acceptable */
  handle(name: MethodName, octets: Buffer, start: number, end: number): void {
    if (name !== DUE[this.state]) {
      throw new AmqpError('CHANNEL_ERROR', `unexpected method in connection state ${this.state}`);
    }
    if (this.state === 'starting') this.authenticate(decodeArguments('connection.start-ok', octets, start, end));
    else if (this.state === 'tuning') this.tune(decodeArguments('connection.tune-ok', octets, start, end));
    else this.open(decodeArguments('connection.open', octets, start, end));
  }

  private authenticate({ mechanism, response, clientProperties }: MethodArguments<'connection.start-ok'>): void {
    const credentials = readCredentials(mechanism, response);
    const { user: name, password } = credentials;
    const user = this.context.users.authenticate(name, password, this.peer.isLoopback);
    this.tellLogin(user === undefined ? 'failure' : 'success', name, mechanism);
    if (user === undefined) {
      this.refuseLogin(mechanism, name, clientProperties);
      return;
    }
    this.user = user;
    this.mechanism = mechanism;
    this.clientProperties = clientProperties;
    this.state = 'tuning';
    const { channelMax, frameMaxOctets, heartbeatS } = this.context.config;
    this.peer.send('connection.tune', { channelMax, frameMax: frameMaxOctets, heartbeat: heartbeatS });
  }

  private tellLogin(outcome: 'success' | 'failure', user: string, mechanism: string): void {
    this.context.logins.count('amqp091', outcome === 'success' ? 'succeeded' : 'failed');
    const { name: connection, local, peer } = this.peer;
    this.context.events.emit(`user.authentication.${outcome}`, { user, mechanism, connection, local, peer });
  }

  /** Tells the reason only to a client that understands it; the others take the lost connection for it. */
  private refuseLogin(mechanism: string, name: string, clientProperties: FieldTable): void {
    const { address, port } = this.peer.peer;
    this.context.log.warn({ peer: `${address}:${port}`, user: name, mechanism }, 'login refused: invalid credentials');
    if (!hasCapability(clientProperties, 'authentication_failure_close')) {
      this.peer.drop();
      return;
    }
    const text = `Login was refused using authentication mechanism ${mechanism}. For details see the broker logfile.`;
    throw new AmqpError('ACCESS_REFUSED', text, { blamesMethod: false });
  }

  private tune(wanted: MethodArguments<'connection.tune-ok'>): void {
    const { channelMax, frameMaxOctets } = this.context.config;
    requireWithin('frame_max', wanted.frameMax, FRAME_MIN_SIZE_OCTETS, frameMaxOctets);
    requireWithin('channel_max', wanted.channelMax, 1, channelMax);
    this.tuned = wanted;
    this.state = 'opening';
  }

  private open({ virtualHost: name }: MethodArguments<'connection.open'>): void {
    const user = this.user!;
    const { channelMax, frameMax, heartbeat } = this.tuned!;
    const vhost = this.context.vhosts.get(name);
    if (vhost === undefined) throw new AmqpError('NOT_ALLOWED', `vhost ${name} not found`);
    const share = this.context.userLimits.shareOf(user.name);
    requireConnectionRoom(vhost, user.name);
    vhost.heap.requireRoomForClients();
    share.requireConnection();
    if (user.permissionsFor(name) === undefined) {
      throw new AmqpError('NOT_ALLOWED', `access to vhost '${name}' refused for user '${user.name}'`);
    }
    const { clientProperties } = this;
    this.peer.opened({
      user,
      share,
      vhost,
      mechanism: this.mechanism,
      clientProperties,
      channelMax,
      frameMaxOctets: frameMax,
      heartbeatS: heartbeat,
    });
    this.peer.send('connection.open-ok', {});
  }
}

/** Whether the client's properties list the capability as true. */
export function hasCapability(clientProperties: FieldTable, name: string): boolean {
  const capabilities = clientProperties.get('capabilities');
  if (capabilities?.type !== 'table') return false;
  const capability = capabilities.value.get(name);
  return capability?.type === 'bool' && capability.value;
}

function readCredentials(mechanism: string, response: Buffer): { user: string; password: string } {
  if (mechanism !== 'PLAIN' && mechanism !== 'AMQPLAIN') {
    throw new AmqpError('COMMAND_INVALID', `unknown authentication mechanism '${mechanism}'`, { blamesMethod: false });
  }
  const credentials = mechanism === 'PLAIN' ? decodePlain(response) : readAmqplain(response);
  if (credentials === undefined) {
    throw new AmqpError('SYNTAX_ERROR', `malformed ${mechanism} response`, { blamesMethod: false });
  }
  return credentials;
}

/** AMQPLAIN's response is a field table without the length that tables begin with. */
function readAmqplain(response: Buffer): { user: string; password: string } | undefined {
  const octets = new OctetWriter().longString(response).finish();
  try {
    const table = new FieldReader(octets, 0, octets.length).table();
    return decodeAmqplain(table.get('LOGIN')?.value, table.get('PASSWORD')?.value);
  } catch (error) {
    if (error instanceof AmqpError) return undefined; // no table at all
    throw error;
  }
}

function requireWithin(name: 'frame_max' | 'channel_max', value: number, least: number, most: number): void {
  const noLimit = name === 'channel_max' && value === 0 ? ' (no limit)' : '';
  if (value > most || value === 0) {
    const text = `negotiated ${name} = ${value}${noLimit} is higher than the maximum allowed value (${most})`;
    throw new AmqpError('NOT_ALLOWED', text, { blamesMethod: false });
  }
  if (value < least) {
    const text = `negotiated ${name} = ${value} is lower than the minimum allowed value (${least})`;
    throw new AmqpError('NOT_ALLOWED', text, { blamesMethod: false });
  }
}
