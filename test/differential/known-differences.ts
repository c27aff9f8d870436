import { type Arguments, type Plan, QUEUES, type QueueName, type QueuePlan, type Step } from './plan.ts';

/** What RabbitMQ and Leveret are known to do differently, and how plans keep away from it. */
interface KnownDifference {
  /** As docs/compatibility.md has it. */
  readonly what: string;
  avoid(plan: Plan): Plan;
}

const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    what: 'dead letters without a routing key of their own: the routing keys in the header BCC count in RabbitMQ',
    avoid: (plan) => (hasArgument(plan, 'x-dead-letter-exchange', 'dead-letter-exchange') ? withoutBcc(plan) : plan),
  },
  {
    what: 'a message that is too old, and overtakes others by its priority, may stay in RabbitMQ',
    avoid: (plan) => (hasArgument(plan, 'x-max-priority') ? mapSteps(plan, withoutExpiration) : plan),
  },
  {
    what: 'a queue that is deleted and declared again before tx.commit gets what was published to it before in RabbitMQ',
    avoid: (plan) => (hasStep(plan, 'tx.select') ? withoutSteps(plan, 'declareQueue') : plan),
  },
  {
    what: "a policy's message-ttl is that of messages which come while it is in force in RabbitMQ",
    avoid: (plan) => changePolicies(plan, (definition) => without(definition, 'message-ttl')),
  },
  {
    what: 'a policy with a shorter length and reject-publish drops what is too much when it comes into force in RabbitMQ',
    avoid: (plan) =>
      hasArgument(plan, 'x-overflow', 'overflow')
        ? changePolicies(plan, (definition) => without(definition, 'max-length', 'max-length-bytes', 'overflow'))
        : plan,
  },
  {
    what: 'when a single active consumer is cancelled, the next one gets what is ready with the next message in RabbitMQ',
    avoid: (plan) => (hasArgument(plan, 'x-single-active-consumer') ? withoutSteps(plan, 'cancel') : plan),
  },
  {
    what: 'several messages of a queue with priorities that are rejected at once become dead letters by priority in RabbitMQ',
    avoid: (plan) => (hasArgument(plan, 'x-max-priority') ? mapSteps(plan, rejectingOne) : plan),
  },
  {
    what: 'messages that come back to a quorum queue go to its end in RabbitMQ',
    avoid: (plan) => mapQueues(plan, classic),
  },
];

/** What is not compared in what clients see: RabbitMQ leaves it out for messages that were written to disk. */
export const IGNORED_TEXTS: readonly RegExp[] = [/, original-expiration: longstr \d+/g];

/** The plan without what is known to differ. */
export function avoidKnownDifferences(plan: Plan): Plan {
  return KNOWN_DIFFERENCES.reduce((changed, { avoid }) => avoid(changed), plan);
}

function hasArgument(plan: Plan, ...names: readonly string[]): boolean {
  const policies = [...plan.policies, ...plan.steps.flatMap((step) => (step.do === 'setPolicy' ? [step.policy] : []))];
  const tables = [
    ...Object.values(plan.queues).map((queue) => queue.arguments),
    ...policies.map(({ definition }) => definition),
  ];
  return tables.some((table) => names.some((name) => name in table));
}

function hasStep(plan: Plan, name: Step['do']): boolean {
  return plan.steps.some((step) => step.do === name);
}

function withoutSteps(plan: Plan, ...names: readonly Step['do'][]): Plan {
  return { ...plan, steps: plan.steps.filter((step) => !names.includes(step.do)) };
}

function mapSteps(plan: Plan, change: (step: Step) => Step): Plan {
  return { ...plan, steps: plan.steps.map(change) };
}

function mapQueues(plan: Plan, change: (queue: QueuePlan) => QueuePlan): Plan {
  const entries = QUEUES.map((name) => [name, change(plan.queues[name])] as const);
  return { ...plan, queues: Object.fromEntries(entries) as Record<QueueName, QueuePlan> };
}

/** In steps, too: those there are from the beginning stay as they are. */
function changePolicies(plan: Plan, change: (definition: Arguments) => Arguments): Plan {
  return mapSteps(plan, (step) =>
    step.do === 'setPolicy'
      ? { ...step, policy: { ...step.policy, definition: change(step.policy.definition) } }
      : step,
  );
}

function withoutBcc(plan: Plan): Plan {
  return mapSteps(plan, (step) => (step.do === 'publish' ? { ...step, headers: without(step.headers, 'BCC') } : step));
}

function withoutExpiration(step: Step): Step {
  return step.do === 'publish' && step.expiration === '0' ? { ...step, expiration: undefined } : step;
}

function rejectingOne(step: Step): Step {
  return step.do === 'settle' && step.how === 'nack' && !step.requeue ? { ...step, extent: 'one' } : step;
}

function classic(queue: QueuePlan): QueuePlan {
  return { ...queue, arguments: without(queue.arguments, 'x-queue-type', 'x-delivery-limit') };
}

function without(args: Arguments, ...names: readonly string[]): Arguments {
  return Object.fromEntries(Object.entries(args).filter(([name]) => !names.includes(name)));
}
