import { erlangJson } from '../../protocol/erlang-term.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import type { PolicyDefinition } from './policy-definition.ts';

const PROMOTIONS: readonly Json[] = ['always', 'when-synced'];

/**
 * What is wrong with a definition's keys for mirrors of queues, in RabbitMQ's words; undefined: nothing. They have no effect
 * here, but whoever moves a RabbitMQ's definitions over has them.
 */
export function mirrorFault(definition: PolicyDefinition): string | undefined {
  const names = Object.keys(definition).filter((name) => name.startsWith('ha-'));
  if (names.length === 0) return undefined;
  const mode = definition['ha-mode'];
  if (mode === undefined) {
    return 'ha-mode must be specified to specify ha-params, ha-sync-mode or ha-promote-on-shutdown';
  }
  return (
    paramsFault(mode, definition['ha-params']) ??
    choiceFault('ha-sync-mode', ['manual', 'automatic'], definition) ??
    batchFault(definition['ha-sync-batch-size']) ??
    choiceFault('ha-promote-on-shutdown', PROMOTIONS, definition) ??
    choiceFault('ha-promote-on-failure', PROMOTIONS, definition)
  );
}

function paramsFault(mode: Json, params: Json | undefined): string | undefined {
  const given = `${params === undefined ? 'none' : erlangJson(params)} given`;
  switch (mode) {
    case 'all':
      return params === undefined ? undefined : 'ha-mode="all" does not take parameters';
    case 'exactly':
      return Number.isInteger(params) && Number(params) > 0
        ? undefined
        : `ha-mode="exactly" takes an integer, ${given}`;
    case 'nodes':
      if (!Array.isArray(params)) return `ha-mode="nodes" takes a list, ${given}`;
      return params.length > 0 ? undefined : 'ha-mode="nodes" list must be non-empty';
    default:
      return `${erlangJson(mode)} is not a valid ha-mode value`;
  }
}

function choiceFault(name: string, values: readonly Json[], definition: PolicyDefinition): string | undefined {
  const value = definition[name];
  if (value === undefined || values.includes(value)) return undefined;
  return `${name} must be ${values.map((each) => `"${each}"`).join(' or ')}, got ${erlangJson(value)}`;
}

function batchFault(value: Json | undefined): string | undefined {
  if (value === undefined || (Number.isInteger(value) && Number(value) > 0)) return undefined;
  return `ha-sync-batch-size takes an integer greater than 0, ${erlangJson(value)} given`;
}
