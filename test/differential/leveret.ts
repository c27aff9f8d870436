import { resolveConfig } from '#src/config/resolve.js';
import type { BrokerOptions } from '#src/index.js';
import { type Logger, SILENT_LOGGER } from '#src/observe/log.js';
import { RecentLog } from '#src/observe/recent-log.js';
import { type Broker, openBroker } from '#src/running-broker.js';
import { USERS } from '../support/accounts.ts';
import type { Addresses } from './side.ts';

/** A Leveret in this process, whose own faults are noticed. */
export class Leveret implements AsyncDisposable {
  private readonly broker: Broker;
  private faults: string[];

  private constructor(broker: Broker, faults: string[]) {
    this.broker = broker;
    this.faults = faults;
  }

  static async start(options: BrokerOptions = {}): Promise<Leveret> {
    const faults: string[] = [];
    const note = (fields: unknown, text?: string) => {
      const error = (fields as { err?: Error }).err;
      faults.push(`${text ?? fields}${error === undefined ? '' : `: ${error.stack}`}`);
    };
    const log: Logger = { ...SILENT_LOGGER, child: () => log, error: note, fatal: note };
    const users = USERS.map((user) => ({ ...user, ...(user.name === 'guest' && { tags: ['administrator'] }) }));
    const config = resolveConfig({ port: 0, managementPort: 0, users, ...options });
    return new Leveret(await openBroker(config, { log, recent: new RecentLog() }), faults);
  }

  get addresses(): Addresses {
    return { amqp: `amqp://127.0.0.1:${this.broker.port}`, management: this.broker.managementUrl! };
  }

  /** What it has taken for its own fault since it was last asked. */
  takeFaults(): readonly string[] {
    return this.faults.splice(0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.broker.close();
  }
}
