import { mergeDefinitions } from './merge-definitions.ts';
import type { Policy, PolicyResource } from './policy.ts';
import type { PolicyDefinition } from './policy-definition.ts';

/** The policies that apply to a queue or exchange. */
export interface AppliedPolicy {
  readonly policy: Policy | undefined;
  readonly operatorPolicy: Policy | undefined;
  /** What both say together. */
  readonly definition: PolicyDefinition;
}

export const NO_POLICY: AppliedPolicy = { policy: undefined, operatorPolicy: undefined, definition: {} };

/** One policy applies to a resource: of those that match, that of the highest priority; of equal ones the first by name. */
export function highestPolicy(policies: Iterable<Policy>, resource: PolicyResource): Policy | undefined {
  let highest: Policy | undefined;
  for (const policy of policies) {
    if (highest !== undefined && !precedes(policy, highest)) continue;
    if (policy.appliesTo(resource)) highest = policy;
  }
  return highest;
}

function precedes(one: Policy, other: Policy): boolean {
  return one.priority === other.priority ? one.name < other.name : one.priority > other.priority;
}

export function applied(policy: Policy | undefined, operatorPolicy: Policy | undefined): AppliedPolicy {
  if (policy === undefined && operatorPolicy === undefined) return NO_POLICY;
  return { policy, operatorPolicy, definition: mergeDefinitions(policy?.definition, operatorPolicy?.definition) };
}
