import { OperationError } from '../../broker/operation-error.ts';
import type { PolicyInput } from '../../broker/policy/policy.ts';
import { validationFailure } from '../../broker/validation-failure.ts';
import { erlangJson } from '../../protocol/erlang-term.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import type { ServerContext } from '../context/server-context.ts';

/** A value of a virtual host, as it stands in definitions files under `parameters`. */
export interface RuntimeParameter {
  readonly component: string;
  readonly vhost: string;
  readonly name: string;
  readonly value: Json;
}

const OPERATOR_POLICY = 'operator_policy';
const VHOST_LIMITS = 'vhost-limits';
/** The only name that limits go by. */
const LIMITS = 'limits';

/**
 * Operator policies and limits of virtual hosts by the names that RabbitMQ has for them as parameters of components. There
 * are no other components here: in RabbitMQ they are those of plugins.
 */
export class RuntimeParameters {
  private readonly parts: Pick<ServerContext, 'vhosts' | 'policies' | 'vhostLimits'>;

  constructor(parts: Pick<ServerContext, 'vhosts' | 'policies' | 'vhostLimits'>) {
    this.parts = parts;
  }

  /** Those of a virtual host. @throws OperationError if there is none */
  of(vhostName: string): readonly RuntimeParameter[] {
    const { policies, limits } = this.parts.vhosts.require(vhostName);
    const parameters = Array.from(policies.of(OPERATOR_POLICY).values(), ({ name, value }): RuntimeParameter => {
      return { component: OPERATOR_POLICY, vhost: vhostName, name, value };
    });
    if (limits !== undefined) {
      parameters.push({ component: VHOST_LIMITS, vhost: vhostName, name: LIMITS, value: { ...limits } as Json });
    }
    return parameters;
  }

  /**
   * @throws OperationError if it makes no sense, or there is no such virtual host; AmqpError if it can't be noted: then
   * nothing has changed
   */
  set({ component, vhost, name, value }: RuntimeParameter): void {
    refusePolicies(component);
    if (component === OPERATOR_POLICY) {
      if (typeof value !== 'object' || value === null)
        throw validationFailure([`${name} not a list ${erlangJson(value)}`]);
      this.parts.policies.set(OPERATOR_POLICY, vhost, name, value as PolicyInput);
    } else if (component === VHOST_LIMITS && name === LIMITS) this.parts.vhostLimits.setAll(vhost, limitsOf(value));
    else throw validationFailure([`component ${component} not found`]);
  }

  /** Returns whether there was such a parameter. @throws OperationError, AmqpError: see `set` */
  clear(component: string, vhost: string, name: string): boolean {
    refusePolicies(component);
    if (component === OPERATOR_POLICY) return this.parts.policies.clear(OPERATOR_POLICY, vhost, name);
    const isThere = this.of(vhost).some((parameter) => parameter.component === component && parameter.name === name);
    if (isThere) this.parts.vhostLimits.clearAll(vhost);
    return isThere;
  }
}

/** Policies have operations of their own, which other people may use. */
function refusePolicies(component: string): void {
  if (component === 'policy') throw new OperationError('policies may not be set using this method');
}

/** RabbitMQ shows limits of which there are none as an empty list, and takes that back. */
function limitsOf(value: Json): Json {
  return Array.isArray(value) && value.length === 0 ? {} : value;
}
