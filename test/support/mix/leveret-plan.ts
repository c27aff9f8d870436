import fc from 'fast-check';
import {
  type Arguments,
  anyPlan,
  type BreakStep,
  EXCHANGES,
  type ExchangePlan,
  line,
  MISSING,
  type OperatorStep,
  oneIn,
  oneOf,
  type Plan,
  type PublishStep,
  publish,
  type QueuePlan,
  queueName,
  type Step,
  TTLS_MS,
} from './plan.ts';

/** Over at once, or never: nothing in between, or it would be a race. */
const DELAYS_MS = [1, 3_600_000];
const MOST_EXTRAS = 12;

const given = (fields: Record<string, fc.Arbitrary<string | number | boolean | undefined>>): fc.Arbitrary<Arguments> =>
  fc
    .record(fields)
    .map((args) => Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined)) as Arguments);

const queueExtras = given({
  'x-message-deduplication': oneIn(3, fc.constant(true)),
  'x-delivery-limit': oneIn(3, oneOf(0, 0, 1)),
  'x-delayed-retry-type': oneIn(3, oneOf('failed', 'returned', 'all')),
  'x-delayed-retry-min': oneIn(2, oneOf(...DELAYS_MS)),
});

const exchangeExtras = given({
  'x-message-deduplication': oneIn(3, fc.constant(true)),
  'x-delayed-exchange': oneIn(3, fc.constant(true)),
});

const headers = given({
  'x-deduplication-header': oneIn(2, oneOf('a', 'b', 'c')),
  'x-delay': oneIn(4, oneOf(...DELAYS_MS)),
});

const policy = given({
  'message-ttl': oneIn(4, oneOf(...TTLS_MS)),
  'max-length': oneIn(3, fc.nat(3)),
  overflow: oneIn(3, oneOf('drop-head', 'reject-publish')),
  'dead-letter-exchange': oneIn(3, oneOf('', ...EXCHANGES, MISSING)),
  'delivery-limit': oneIn(3, fc.nat(2)),
}).filter((definition) => Object.keys(definition).length > 0);

const operatorStep: fc.Arbitrary<OperatorStep> = fc.oneof(
  fc.record({ do: oneOf('pause', 'resume', 'resume', 'clearPolicy'), queue: queueName }),
  fc.record({ do: fc.constant('setPolicy' as const), queue: queueName, definition: policy }),
  fc.record({
    do: fc.constant('move' as const),
    queue: queueName,
    target: queueName,
    limit: oneIn(2, oneOf(1, 2)),
  }),
) as fc.Arbitrary<OperatorStep>;

const breakStep: fc.Arbitrary<BreakStep> = fc.record({
  do: fc.constant('break' as const),
  line,
  amid: oneOf('nothing', 'message', 'publish', 'get', 'commit', 'commit'),
  queue: queueName,
});

/** Steps that follow each other somewhere in the plan. */
const extraSteps = fc.record({
  at: fc.nat(1000),
  filled: fc.nat(2),
  publish,
  step: fc.oneof(
    { weight: 4, arbitrary: operatorStep as fc.Arbitrary<Step> },
    { weight: 1, arbitrary: breakStep as fc.Arbitrary<Step> },
  ),
});

/** With what only Leveret has, and with connections that break. */
export const leveretPlans: fc.Arbitrary<Plan> = fc
  .record({
    plan: anyPlan,
    queues: fc.array(queueExtras, { minLength: 4, maxLength: 4 }),
    exchanges: fc.array(exchangeExtras, { minLength: 3, maxLength: 3 }),
    headers: fc.array(headers, { minLength: 7, maxLength: 7 }),
    extras: fc.array(extraSteps, { maxLength: MOST_EXTRAS, size: 'max' }),
  })
  .map(({ plan, queues, exchanges, headers, extras }) => ({
    queues: mapValues(plan.queues, (queue, i): QueuePlan => withArguments(queue, queues[i]!)),
    exchanges: mapValues(plan.exchanges, (exchange, i): ExchangePlan => withArguments(exchange, exchanges[i]!)),
    bindings: plan.bindings,
    steps: extras
      .reduce(
        (steps, { at, ...extra }) => steps.toSpliced(at % (steps.length + 1), 0, ...stepsOf(extra)),
        [...plan.steps],
      )
      .map((step, i) => withHeaders(step, headers[i % headers.length]!)),
  }));

/** A few messages come first for whatever is done to a queue: most queues are empty else. */
function stepsOf({ filled, publish, step }: { filled: number; publish: PublishStep; step: Step }): Step[] {
  if (!('queue' in step)) return [step];
  const message: PublishStep = { ...publish, line: 'confirm', exchange: '', key: step.queue, expiration: undefined };
  return [...Array.from({ length: filled }, () => message), step];
}

function withArguments<T extends { readonly arguments?: Arguments }>(planned: T, extras: Arguments): T {
  return { ...planned, arguments: { ...planned.arguments, ...extras } };
}

function withHeaders(step: Step, headers: Arguments): Step {
  return step.do === 'publish' ? { ...step, headers } : step;
}

function mapValues<T>(record: Readonly<Record<string, T>>, change: (value: T, i: number) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value], i) => [name, change(value, i)]));
}
