import { stringifyJson } from '../../json/exact-json.ts';
import { Pattern } from '../../pattern/pattern.ts';
import { PatternError } from '../../pattern/pattern-error.ts';
import { erlangJson, erlangPairs } from '../../protocol/erlang-term.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import { validationFailure } from '../validation-failure.ts';
import { mirrorFault } from './mirror-keys.ts';
import type { PolicyDefinition } from './policy-definition.ts';
import { policyKey } from './policy-keys.ts';

/** Policies are whoever's may set them; an operator policy limits what they and clients can ask for. */
export type PolicyKind = 'policy' | 'operator_policy';

/** What a policy may apply to. The kinds of queues are RabbitMQ's of later versions. */
const TARGETS = ['all', 'exchanges', 'queues', 'classic_queues', 'quorum_queues', 'streams'] as const;
export type PolicyTarget = (typeof TARGETS)[number];

/** A policy as whoever sets it gives it, not checked yet: the names are those of definitions files. */
export interface PolicyInput {
  readonly pattern?: Json;
  readonly definition?: Json;
  /** 0 unless given. */
  readonly priority?: Json;
  /** All unless given. */
  readonly 'apply-to'?: Json;
}

/** What a policy can apply to: an exchange, or a queue of some type. */
export interface PolicyResource {
  readonly name: string;
  readonly type: 'exchange' | 'classic' | 'quorum';
}

/** Settings for all queues or exchanges of a virtual host whose names match a pattern. */
export class Policy {
  readonly name: string;
  readonly applyTo: PolicyTarget;
  readonly definition: PolicyDefinition;
  readonly priority: number;
  /** Where it can't be used, the policy applies to nothing. */
  readonly pattern: Pattern;

  /**
   * @param isLenient takes a pattern that can't be used: see `Pattern`
   * @throws OperationError with everything that is wrong with it
   */
  constructor(kind: PolicyKind, name: string, input: PolicyInput, { isLenient = false } = {}) {
    const { definition, pattern, priority = 0, 'apply-to': applyTo = 'all' } = input;
    const reasons: string[] = [];
    if (definition === undefined) reasons.push(missing('definition', name));
    else reasons.push(...definitionFaults(kind, definition));
    if (!TARGETS.includes(applyTo as PolicyTarget)) reasons.push(wrongTarget(applyTo));
    const compiled = pattern === undefined ? missing('pattern', name) : compile(pattern, isLenient);
    if (typeof compiled === 'string') reasons.push(compiled);
    if (typeof priority !== 'number') reasons.push(`priority should be a number, actually was ${erlangJson(priority)}`);
    if (reasons.length > 0) throw validationFailure(reasons);
    this.name = name;
    this.pattern = compiled as Pattern;
    this.definition = definition as PolicyDefinition;
    this.applyTo = applyTo as PolicyTarget;
    this.priority = priority as number;
  }

  appliesTo({ name, type }: PolicyResource): boolean {
    return coversType(this.applyTo, type) && this.isUnderstoodBy(type) && this.pattern.matches(name);
  }

  private isUnderstoodBy(type: PolicyResource['type']): boolean {
    if (type === 'exchange') return true;
    return Object.keys(this.definition).every((name) => {
      const key = policyKey(name)!;
      return type === 'classic' ? key.isForClassicQueues : key.isForQuorumQueues;
    });
  }

  /** As in definitions files, but for name and virtual host. */
  get value(): { readonly [name: string]: Json } {
    const { pattern, applyTo, definition, priority } = this;
    return { pattern: pattern.source, 'apply-to': applyTo, definition, priority };
  }
}

function coversType(target: PolicyTarget, type: PolicyResource['type']): boolean {
  if (target === 'all') return true;
  if (type === 'exchange') return target === 'exchanges';
  return target === 'queues' || target === `${type}_queues`;
}

function missing(key: string, name: string): string {
  return `Key "${key}" not found in ${name}`;
}

function wrongTarget(given: Json): string {
  const text = typeof given === 'string' ? given : stringifyJson(given);
  return `apply-to '${text}' unrecognised; should be 'queues', 'exchanges' or 'all'`;
}

/** The pattern, or what is wrong with it. */
function compile(source: Json, isLenient: boolean): Pattern | string {
  if (typeof source !== 'string') return `pattern should be a binary but was ${erlangJson(source)}`;
  try {
    return new Pattern(source, { isLenient });
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return `pattern should be regular expression but is invalid: ${error.message}`;
  }
}

/** As RabbitMQ does, the first value that can't be hides the others, and keys that are not known. */
function definitionFaults(kind: PolicyKind, definition: Json): readonly string[] {
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) {
    return [`definition should be an object but was ${erlangJson(definition)}`];
  }
  const entries = Object.entries(definition).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return ['no policy provided'];
  const unknown: [string, Json][] = [];
  for (const [name, value] of entries) {
    const key = policyKey(name);
    if (key === undefined || (kind === 'operator_policy' && !key.isForOperators)) unknown.push([name, value]);
    else {
      const fault = key.check(value);
      if (fault !== undefined) return [fault];
    }
  }
  if (unknown.length > 0) return [`${erlangPairs(unknown)} are not recognised policy settings`];
  const fault = mirrorFault(definition as PolicyDefinition);
  return fault === undefined ? [] : [fault];
}
