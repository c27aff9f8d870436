import { OperationError } from '../broker/operation-error.ts';
import type { DiskFreeLimit } from '../config/disk-free-limit.ts';
import { diskFreeLimit, type Kind, octets } from '../config/kinds.ts';
import type { Json } from '../storage/definitions/definition-line.ts';
import type { ServerContext } from './context/server-context.ts';

/** Unlike what a broker starts with, 0 is allowed: it blocks publishers at once, as rabbitmqctl does with a watermark of 0. */
const MEMORY_LIMIT = octets(0, Number.MAX_SAFE_INTEGER, 'ofMemory');
const DISK_FREE_LIMIT = diskFreeLimit();

type Parts = Pick<ServerContext, 'config' | 'memoryAlarm' | 'durable' | 'log'>;

/** A limit by its option's name. */
interface ResourceLimit {
  readonly value: number | DiskFreeLimit | undefined;
  set(value: Json): void;
  /** Back to what the broker was started with. */
  reset(): void;
}

/** The limits of memory and disk, above which publishers are blocked: they can be changed until the broker ends. */
export class ResourceLimits {
  private readonly parts: Parts;
  private readonly limits: ReadonlyMap<string, ResourceLimit>;

  constructor(parts: Parts) {
    this.parts = parts;
    this.limits = new Map([
      ['memory-limit', memoryLimit(parts)],
      ['disk-free-limit', diskLimit(parts)],
    ]);
  }

  /** Those that there are, by name. */
  get values(): Readonly<Record<string, Json>> {
    const named = [...this.limits].map(([name, { value }]) => [name, value]);
    return Object.fromEntries(named.filter(([, value]) => value !== undefined));
  }

  /** @throws OperationError if there is no such limit, or the value makes no sense */
  set(name: string, value: Json): void {
    this.limit(name).set(value);
    this.changed(name);
  }

  /** @throws OperationError if there is no such limit */
  reset(name: string): void {
    this.limit(name).reset();
    this.changed(name);
  }

  private limit(name: string): ResourceLimit {
    const limit = this.limits.get(name);
    if (limit?.value === undefined) throw new OperationError(`there is no limit '${name}'`, { isMissing: true });
    return limit;
  }

  private changed(name: string): void {
    this.parts.log.info({ limit: name, value: this.limits.get(name)!.value }, 'a limit was changed');
  }
}

function memoryLimit({ memoryAlarm, config }: Parts): ResourceLimit {
  return {
    get value() {
      return memoryAlarm.limitOctets;
    },
    set: (value) => memoryAlarm.setLimit(accepted(MEMORY_LIMIT, value)),
    reset: () => memoryAlarm.setLimit(config.memoryLimitOctets),
  };
}

/** Without a data directory nothing goes to a disk. */
function diskLimit({ durable, config }: Parts): ResourceLimit {
  const alarm = durable?.diskAlarm;
  return {
    get value() {
      return alarm?.limit;
    },
    set: (value) => alarm?.setLimit(accepted(DISK_FREE_LIMIT, value)),
    reset: () => alarm?.setLimit(config.diskFreeLimit),
  };
}

function accepted<T>(kind: Kind<T>, value: Json): T {
  const known = kind.accept(typeof value === 'string' ? kind.fromText(value) : value);
  if (known === undefined) throw new OperationError(`the value must be ${kind.allowed}`);
  return known;
}
