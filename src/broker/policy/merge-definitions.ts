import type { PolicyDefinition } from './policy-definition.ts';

/** Keys where the smaller value holds, whoever it is from. */
const LIMITS: ReadonlySet<string> = new Set([
  'delivery-limit',
  'expires',
  'max-in-memory-bytes',
  'max-in-memory-length',
  'max-length',
  'max-length-bytes',
  'message-ttl',
]);

/** What a policy and an operator policy say together, sorted by key: of limits the stricter one, else what the policy says. */
export function mergeDefinitions(
  policy: PolicyDefinition | undefined,
  operatorPolicy: PolicyDefinition | undefined,
): PolicyDefinition {
  const merged = new Map(Object.entries(operatorPolicy ?? {}));
  for (const [name, value] of Object.entries(policy ?? {})) {
    const limit = merged.get(name);
    const isLimited = limit !== undefined && LIMITS.has(name);
    merged.set(name, isLimited ? Math.min(limit as number, value as number) : value);
  }
  return Object.fromEntries([...merged].sort(([a], [b]) => (a < b ? -1 : 1)));
}
