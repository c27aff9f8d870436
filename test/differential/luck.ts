import fc from 'fast-check';
import { oneOf } from './choices.ts';
import { type Arguments, type Plan, type PolicyPlan, QUEUES, type QueueName, type Step } from './plan.ts';

/**
 * Which queues have dead letters. Those of two queues that come to the same one at the same time come in any order in
 * RabbitMQ, where queues are processes: so either one queue has dead letters, which go anywhere, or each has a queue of its own
 * that its dead letters go to.
 */
export type DeadLetterRoutes =
  | { readonly from: QueueName }
  /** How many queues further they go. */
  | { readonly distance: number };

export const deadLetterRoutes: fc.Arbitrary<DeadLetterRoutes> = fc.oneof(
  fc.record({ from: oneOf(...QUEUES) }),
  fc.record({ distance: fc.nat(QUEUES.length - 1) }),
);

const EXCHANGE = /^(x-)?dead-letter-exchange$/;
const DEAD_LETTERS = /^(x-)?dead-letter-/;

/** The plan with no other dead letters than these. */
export function withDeadLetters(plan: Plan, routes: DeadLetterRoutes): Plan {
  const queues = QUEUES.map((name) => {
    const queue = plan.queues[name];
    return [name, { ...queue, arguments: queueArguments(name, queue.arguments, routes) }] as const;
  });
  return {
    ...plan,
    queues: Object.fromEntries(queues) as Plan['queues'],
    policies: plan.policies.map((policy) => withPolicy(policy, routes)),
    steps: plan.steps.map(
      (step): Step => (step.do === 'setPolicy' ? { ...step, policy: withPolicy(step.policy, routes) } : step),
    ),
  };
}

function queueArguments(name: QueueName, args: Arguments, routes: DeadLetterRoutes): Arguments {
  if ('from' in routes) return routes.from === name ? args : withoutDeadLetters(args);
  if (!Object.keys(args).some((argument) => EXCHANGE.test(argument))) return args;
  const target = QUEUES[(QUEUES.indexOf(name) + routes.distance) % QUEUES.length]!;
  return { ...withoutDeadLetters(args), 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': target };
}

function withPolicy(policy: PolicyPlan, routes: DeadLetterRoutes): PolicyPlan {
  const isOnlyFor = (queue: QueueName) => QUEUES.every((name) => name === queue || !policy.names.includes(name));
  if ('from' in routes && isOnlyFor(routes.from)) return policy;
  return { ...policy, definition: withoutDeadLetters(policy.definition) };
}

function withoutDeadLetters(args: Arguments): Arguments {
  return Object.fromEntries(Object.entries(args).filter(([name]) => !DEAD_LETTERS.test(name)));
}
