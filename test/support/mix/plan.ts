import fc from 'fast-check';
import type { PlainValue } from '#src/protocol/field-table.js';

/** Times to live either are over at once or never end: nothing in between, or it would be a race. */
export const TTLS_MS = [0, 1, 3_600_000];
export const QUEUES = ['q0', 'q1', 'q2', 'q3'];
export const EXCHANGES = ['e0', 'e1', 'e2'];
export const MISSING = 'missing';
/** Bodies of `publish` have so many octets each, at least. */
const MAX_BODY_OCTETS = 40;

export type Arguments = Readonly<Record<string, PlainValue>>;

export interface QueuePlan {
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly arguments: Arguments;
}

export interface ExchangePlan {
  readonly type: string;
  readonly alternate: string | undefined;
  /** Besides the alternate exchange. */
  readonly arguments?: Arguments;
}

export interface BindingPlan {
  readonly exchange: string;
  readonly queue: string;
  readonly key: string;
}

export interface PublishStep {
  readonly do: 'publish';
  readonly line: Line;
  readonly exchange: string;
  readonly key: string;
  readonly bodyOctets: number;
  readonly mandatory: boolean;
  readonly deliveryMode: number | undefined;
  readonly expiration: string | undefined;
  readonly priority: number | undefined;
  readonly cc: readonly string[] | undefined;
  readonly bcc: readonly string[] | undefined;
  readonly replyTo: string | undefined;
  /** Besides CC and BCC. */
  readonly headers?: Arguments;
}

/** The channels of a plan, each for another way to publish and acknowledge. */
export type Line = 'plain' | 'confirm' | 'tx' | 'other';
export const LINES: readonly Line[] = ['plain', 'confirm', 'tx', 'other'];

/** What an operator does to a queue, with a Leveret. */
export type OperatorStep =
  | { readonly do: 'pause' | 'resume' | 'clearPolicy'; readonly queue: string }
  | { readonly do: 'setPolicy'; readonly queue: string; readonly definition: Arguments }
  | { readonly do: 'move'; readonly queue: string; readonly target: string; readonly limit: number | undefined };

/**
 * The connection of all lines breaks, and another one takes its place: with nothing on its way, behind half a message, or
 * behind what has no answer yet.
 */
export interface BreakStep {
  readonly do: 'break';
  readonly line: Line;
  readonly amid: 'nothing' | 'message' | 'publish' | 'get' | 'commit';
  readonly queue: string;
}

export type Step =
  | PublishStep
  | OperatorStep
  | BreakStep
  | { readonly do: 'get'; readonly line: Line; readonly queue: string; readonly noAck: boolean }
  | {
      readonly do: 'consume';
      readonly line: Line;
      readonly queue: string;
      readonly noAck: boolean;
      readonly prefetch: number;
      readonly priority: number | undefined;
    }
  | { readonly do: 'cancel'; readonly line: Line; readonly which: number }
  | {
      readonly do: 'settle';
      readonly line: Line;
      readonly which: number;
      readonly how: 'ack' | 'nack' | 'reject' | 'ack all' | 'nack all';
      readonly requeue: boolean;
    }
  | { readonly do: 'recover' | 'close' | 'commit' | 'rollback'; readonly line: Line }
  | { readonly do: 'purge' | 'delete' | 'declare'; readonly queue: string }
  | { readonly do: 'deleteExchange' | 'declareExchange'; readonly exchange: string }
  | { readonly do: 'bind' | 'unbind'; readonly binding: BindingPlan };

/** What is declared, and what is done then. Names are short; whoever plays a plan gives them a prefix. */
export interface Plan {
  readonly queues: Readonly<Record<string, QueuePlan>>;
  readonly exchanges: Readonly<Record<string, ExchangePlan>>;
  readonly bindings: readonly BindingPlan[];
  readonly steps: readonly Step[];
}

export const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
export const queueName = oneOf(...QUEUES);
const exchangeName = oneOf('', '', ...EXCHANGES);
const key = oneOf(...QUEUES, 'key', 'a.key', '#', '');
export const line = oneOf(...LINES);

/** Undefined in all but one of `outOf` cases. */
export const oneIn = <T>(outOf: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: outOf - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const queueArguments: fc.Arbitrary<Arguments> = fc
  .record({
    'x-message-ttl': oneIn(4, oneOf(...TTLS_MS)),
    'x-expires': oneIn(8, fc.constant(3_600_000)),
    'x-max-length': oneIn(3, fc.nat(3)),
    'x-max-length-bytes': oneIn(5, fc.nat(2 * MAX_BODY_OCTETS)),
    'x-overflow': oneIn(2, oneOf('drop-head', 'reject-publish', 'reject-publish-dlx')),
    'x-dead-letter-exchange': oneIn(2, oneOf('', '', '', ...EXCHANGES, MISSING)),
    'x-dead-letter-routing-key': oneIn(2, key),
    'x-max-priority': oneIn(3, oneOf(1, 3, 10, 255)),
    'x-single-active-consumer': oneIn(6, fc.boolean()),
    'x-queue-mode': oneIn(12, oneOf('lazy', 'default')),
  })
  .map((args) => {
    const given = Object.entries(args).filter(([, value]) => value !== undefined);
    const names = new Set(given.map(([name]) => name));
    return Object.fromEntries(
      given.filter(([name]) => name !== 'x-dead-letter-routing-key' || names.has('x-dead-letter-exchange')),
    ) as Arguments;
  });

const queuePlan: fc.Arbitrary<QueuePlan> = fc.record({
  durable: fc.boolean(),
  autoDelete: oneIn(10, fc.constant(true)).map((value) => value === true),
  arguments: queueArguments,
});

const exchangePlan: fc.Arbitrary<ExchangePlan> = fc.record({
  type: oneOf('fanout', 'direct', 'topic'),
  alternate: oneIn(3, oneOf(...EXCHANGES, MISSING)),
});

const binding: fc.Arbitrary<BindingPlan> = fc.record({ exchange: oneOf(...EXCHANGES), queue: queueName, key });

export const publish: fc.Arbitrary<PublishStep> = fc.record({
  do: fc.constant('publish' as const),
  line,
  exchange: exchangeName,
  key,
  bodyOctets: fc.integer({ min: 0, max: MAX_BODY_OCTETS }),
  mandatory: fc.boolean(),
  deliveryMode: oneOf(undefined, 1, 2),
  expiration: oneIn(5, oneOf('0', '1', '3600000', '1', '0', 'nonsense', '-1', '')),
  priority: oneIn(2, oneOf(0, 1, 2, 3, 9, 255)),
  cc: oneIn(6, fc.array(key, { maxLength: 3 })),
  bcc: oneIn(6, fc.array(key, { maxLength: 3 })),
  replyTo: oneIn(30, fc.constant('amq.rabbitmq.reply-to')),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 40, arbitrary: publish },
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('get' as const), line, queue: queueName, noAck: fc.boolean() }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('consume' as const),
      line,
      queue: queueName,
      noAck: fc.boolean(),
      prefetch: fc.nat(3),
      priority: oneIn(4, oneOf(-1, 1, 5)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cancel' as const), line, which: fc.nat(3) }) },
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      line,
      which: fc.nat(5),
      how: oneOf('ack', 'nack', 'reject', 'nack', 'reject', 'ack all', 'nack all'),
      requeue: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: oneOf('commit', 'commit', 'rollback'), line: fc.constant('tx' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: oneOf('recover', 'close'), line }) },
  { weight: 5, arbitrary: fc.record({ do: oneOf('purge', 'delete', 'declare', 'declare'), queue: queueName }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: oneOf('deleteExchange', 'declareExchange'), exchange: oneOf(...EXCHANGES) }),
  },
  { weight: 2, arbitrary: fc.record({ do: oneOf('bind', 'unbind'), binding }) },
) as fc.Arbitrary<Step>;

export const anyPlan: fc.Arbitrary<Plan> = fc.record({
  queues: fc
    .tuple(...QUEUES.map(() => queuePlan))
    .map((made) => Object.fromEntries(QUEUES.map((q, i) => [q, made[i]!]))),
  exchanges: fc
    .tuple(...EXCHANGES.map(() => exchangePlan))
    .map((made) => Object.fromEntries(EXCHANGES.map((e, i) => [e, made[i]!]))),
  bindings: fc.array(binding, { maxLength: 8 }),
  steps: fc.array(step, { maxLength: 40, size: 'max' }),
});

/** Any plans, but for what RabbitMQ and Leveret do differently on purpose (docs/compatibility.md). */
export const plans: fc.Arbitrary<Plan> = fc
  .tuple(anyPlan, fc.boolean(), fc.boolean())
  .map(([plan, hasPriorities, hasTransactions]) => {
    const queues = Object.entries(plan.queues).map(([name, queue]): [string, QueuePlan] => [
      name,
      hasPriorities ? queue : { ...queue, arguments: without(queue.arguments, 'x-max-priority') },
    ]);
    const keepsKeys = queues.some(([, { arguments: args }]) => keepsRoutingKeys(args));
    const steps = plan.steps.map((planned): Step => {
      const step = hasTransactions ? lasting(planned) : outsideTransactions(planned);
      if (step.do !== 'publish') return step;
      const passes = step.expiration === '0' || step.expiration === '1';
      return {
        ...step,
        expiration: hasPriorities && passes ? undefined : step.expiration,
        bcc: keepsKeys ? undefined : step.bcc,
      };
    });
    return { ...plan, queues: Object.fromEntries(queues), steps };
  });

/**
 * A queue that is deleted and declared again before a commit is no destination of what was published before. Nothing is
 * consumed where a commit may fail: what the channel gets before it is closed is a matter of luck.
 */
function lasting(step: Step): Step {
  if (step.do === 'consume' && step.line === 'tx') return { ...step, line: 'other' };
  return step.do === 'declare' ? { ...step, do: 'purge' } : step;
}

function outsideTransactions(step: Step): Step {
  if (step.do === 'commit' || step.do === 'rollback') return { do: 'recover', line: 'other' };
  return 'line' in step && step.line === 'tx' ? { ...step, line: 'plain' } : step;
}

/** Its dead letters take the routing keys that they had. */
function keepsRoutingKeys(args: Arguments): boolean {
  return 'x-dead-letter-exchange' in args && !('x-dead-letter-routing-key' in args);
}

function without(args: Arguments, name: string): Arguments {
  const { [name]: _, ...others } = args;
  return others;
}
