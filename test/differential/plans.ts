import fc from 'fast-check';
import { seldom } from './choices.ts';
import { avoidKnownDifferences } from './known-differences.ts';
import { deadLetterRoutes, withDeadLetters } from './luck.ts';
import { type Arguments, EXCHANGES, type Plan, type PublishStep, QUEUES, type Step } from './plan.ts';
import { steps } from './step-plans.ts';
import { bindingPlan, exchangePlan, permissionsPlan, policyPlan, queuePlan } from './topology-plans.ts';

/** What a plan may be without: then all of this is taken out of it. */
interface Feature {
  /** Arguments of queues, and keys of policies. */
  readonly arguments?: readonly string[];
  readonly publish?: readonly (keyof PublishStep)[];
  readonly headers?: readonly string[];
  readonly steps?: readonly Step['do'][];
}

/** Some features at a time: all of them together would leave little of each. */
const FEATURES: readonly Feature[] = [
  { arguments: ['x-max-priority'] },
  { arguments: ['x-message-ttl', 'message-ttl'], publish: ['expiration'] },
  { arguments: ['x-max-length', 'x-max-length-bytes', 'max-length', 'max-length-bytes'] },
  {
    arguments: [
      'x-dead-letter-exchange',
      'x-dead-letter-routing-key',
      'dead-letter-exchange',
      'dead-letter-routing-key',
    ],
  },
  { arguments: ['x-single-active-consumer'] },
  { arguments: ['x-queue-type', 'x-delivery-limit'] },
  { steps: ['tx.select', 'tx.commit', 'tx.rollback'] },
  { steps: ['confirm.select'] },
  { steps: ['consume', 'cancel'] },
  { steps: ['get'] },
  { steps: ['limit'] },
  { steps: ['basic.recover', 'channel.close', 'settleUnknown', 'closeConnection', 'cutConnection'] },
  { steps: ['declareQueue', 'deleteQueue', 'purgeQueue', 'declareExchange', 'deleteExchange', 'bind', 'unbind'] },
  { steps: ['setPolicy', 'clearPolicy'] },
  { headers: ['CC', 'BCC'] },
];

const everything: fc.Arbitrary<Plan> = fc.record({
  isStored: fc.boolean(),
  queues: fc.record(each(QUEUES, queuePlan)),
  exchanges: fc.record(each(EXCHANGES, exchangePlan)),
  bindings: fc.array(bindingPlan, { maxLength: 10, size: 'max' }),
  policies: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(policyPlan, { maxLength: 2 }) },
  ),
  permissions: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: permissionsPlan }),
  steps: fc.array(steps(bindingPlan, policyPlan), { minLength: 1, maxLength: 50, size: 'max' }),
});

function each<Name extends string, Value>(names: readonly Name[], value: fc.Arbitrary<Value>) {
  return Object.fromEntries(names.map((name) => [name, value])) as Record<Name, fc.Arbitrary<Value>>;
}

/** Plans with some of the features, without what is known to differ. */
export const plans: fc.Arbitrary<Plan> = fc
  .tuple(everything, deadLetterRoutes, fc.tuple(...FEATURES.map(() => seldom(3))))
  .map(([plan, routes, isLeftOut]) => {
    const leftOut = FEATURES.filter((_, i) => isLeftOut[i]);
    return avoidKnownDifferences(leftOut.reduce(withoutFeature, withDeadLetters(plan, routes)));
  });

function withoutFeature(plan: Plan, feature: Feature): Plan {
  const names = new Set(feature.arguments);
  return {
    ...plan,
    queues: mapValues(plan.queues, (queue) => ({ ...queue, arguments: without(queue.arguments, names) })),
    policies: plan.policies.map((policy) => ({ ...policy, definition: without(policy.definition, names) })),
    steps: plan.steps
      .filter((step) => !feature.steps?.includes(step.do))
      .map((step) => withoutFeatureStep(step, feature)),
  };
}

function withoutFeatureStep(step: Step, { arguments: names, publish = [], headers }: Feature): Step {
  if (step.do === 'setPolicy') {
    const { policy } = step;
    return { ...step, policy: { ...policy, definition: without(policy.definition, new Set(names)) } };
  }
  if (step.do !== 'publish') return step;
  const cleared = Object.fromEntries(publish.map((name) => [name, undefined]));
  return { ...step, ...cleared, headers: without(step.headers, new Set(headers)) };
}

function without(args: Arguments, names: ReadonlySet<string>): Arguments {
  return Object.fromEntries(Object.entries(args).filter(([name]) => !names.has(name)));
}

function mapValues<Name extends string, Value>(
  record: Readonly<Record<Name, Value>>,
  change: (value: Value) => Value,
): Record<Name, Value> {
  const entries = Object.entries(record) as [Name, Value][];
  return Object.fromEntries(entries.map(([name, value]) => [name, change(value)])) as Record<Name, Value>;
}
