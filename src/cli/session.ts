import pc from 'picocolors';
import { stringifyJson } from '../json/exact-json.ts';
import { ApiClient, type Json } from './api-client.ts';
import { type AddressFlags, AMQP, findBroker, HTTP, type Place } from './broker-address.ts';
import type { Terminal } from './terminal.ts';
import { visible } from './visible-text.ts';

/** Options that every command has. */
export interface GlobalFlags extends AddressFlags {
  readonly json?: true;
}

const DEFAULT_VHOST = '/';

/** What a command works with: the broker that is meant, and where its output goes. */
export class Session {
  readonly terminal: Terminal;
  readonly isJson: boolean;
  /** Undefined: none was named. */
  readonly givenVhost: string | undefined;
  readonly colors: ReturnType<typeof pc.createColors>;
  private readonly flags: AddressFlags;
  private client: Promise<ApiClient> | undefined;

  constructor(flags: GlobalFlags, terminal: Terminal) {
    const { LEVERET_VHOST } = terminal.env;
    this.flags = flags;
    this.terminal = terminal;
    this.isJson = flags.json === true;
    this.givenVhost = flags.vhost ?? (LEVERET_VHOST || undefined);
    this.colors = pc.createColors(terminal.isColored);
  }

  /** The virtual host that is meant. */
  get vhost(): string {
    return this.givenVhost ?? DEFAULT_VHOST;
  }

  /** @throws CommandError if it is not clear which broker is meant, or as whom */
  api(): Promise<ApiClient> {
    this.client ??= findBroker(HTTP, this.flags, this.terminal).then((place) => new ApiClient(place));
    return this.client;
  }

  /** Where AMQP is spoken. @throws CommandError as `api` */
  amqp(): Promise<Place> {
    return findBroker(AMQP, this.flags, this.terminal);
  }

  /** The virtual host that is meant, if AMQP's address may name one, too. */
  vhostAt({ url }: Place): string {
    return this.givenVhost ?? (decodeURIComponent(url.pathname.slice(1)) || DEFAULT_VHOST);
  }

  /** Says what came of it, to people or to programs. */
  tell(text: string, json: Json): void {
    this.print(this.isJson ? stringifyJson(json, 2) : text);
  }

  /** Writes lines to standard output. */
  print(text: string): void {
    this.terminal.stdout.write(`${text}\n`);
  }

  /** Says something beside the output. */
  note(text: string): void {
    this.terminal.stderr.write(`leveret: ${visible(text)}\n`);
  }
}
