import { type Arguments, type BindingPlan, type ExchangeName, type Plan, QUEUES, type Step } from './plan.ts';

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
    what: 'whether a message of three queues that was rejected and then expires is dropped as a cycle is chance in RabbitMQ',
    avoid: (plan) => (deadLetterQueues(plan) > 2 ? mapSteps(plan, requeueing) : plan),
  },
  {
    what: 'an exchange that is bound to one with a history gets it newest first in RabbitMQ, or fails inside',
    avoid: (plan) =>
      withoutBindings(plan, ({ source, destination }) => hasHistory(plan, source) && destination in plan.exchanges),
  },
  {
    what:
      'quorum queues: in RabbitMQ what comes back goes to the end, there are no common limits of channels, no exclusive ' +
      'consumers, and no conditions for deleting one',
    avoid: (plan) => (hasQuorumQueue(plan) ? mapSteps(plan, withQuorumQueues) : plan),
  },
];

/**
 * What is not compared of entries in x-death: RabbitMQ leaves it out for messages that were written to disk. Nor is the order of
 * those but the first, which RabbitMQ reverses with each death.
 */
export const DEATH_FIELDS_NOT_COMPARED: ReadonlySet<string> = new Set(['original-expiration']);

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

function requeueing(step: Step): Step {
  return step.do === 'settle' && step.how !== 'ack' ? { ...step, requeue: true } : step;
}

function deadLetterQueues(plan: Plan): number {
  return QUEUES.filter((name) => 'x-dead-letter-exchange' in plan.queues[name].arguments).length;
}

function hasHistory(plan: Plan, exchange: ExchangeName): boolean {
  const declared = plan.steps.flatMap((step) =>
    step.do === 'declareExchange' && step.exchange === exchange ? [step.as] : [],
  );
  return [exchange, ...declared].some((name) => plan.exchanges[name].type === 'x-recent-history');
}

function withoutBindings(plan: Plan, isLeftOut: (binding: BindingPlan) => boolean): Plan {
  return {
    ...plan,
    bindings: plan.bindings.filter((binding) => !isLeftOut(binding)),
    steps: plan.steps.filter((step) => !('binding' in step) || !isLeftOut(step.binding)),
  };
}

function hasQuorumQueue(plan: Plan): boolean {
  return Object.values(plan.queues).some((queue) => queue.arguments['x-queue-type'] === 'quorum');
}

/** Nothing is unacknowledged, so that nothing comes back. */
function withQuorumQueues(step: Step): Step {
  if (step.do === 'consume') return { ...step, noAck: true, exclusive: false };
  if (step.do === 'get') return { ...step, noAck: true };
  if (step.do === 'deleteQueue') return { ...step, ifUnused: false, ifEmpty: false };
  return step.do === 'limit' ? { ...step, global: false } : step;
}

function without(args: Arguments, ...names: readonly string[]): Arguments {
  return Object.fromEntries(Object.entries(args).filter(([name]) => !names.includes(name)));
}
