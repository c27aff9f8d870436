import type { Json } from '../storage/definitions/definition-line.ts';
import type { DefinitionsLog } from '../storage/definitions/definitions-log.ts';
import { noteChanges } from './note-changes.ts';
import { Policy, type PolicyInput, type PolicyKind } from './policy/policy.ts';
import type { VirtualHosts } from './virtual-hosts.ts';

const OPERATOR_POLICY: PolicyKind = 'operator_policy';

/** A policy as it stands in definitions files. */
interface StoredPolicy extends PolicyInput {
  readonly name: string;
  readonly vhost: string;
}

/** Sets and clears the policies of all virtual hosts. What it notes is on disk once that was committed. */
export class Policies {
  private readonly vhosts: VirtualHosts;
  private readonly log: DefinitionsLog | undefined;

  /**
   * Brings back those that are noted: to be done before queues are brought back, so that what they get back meets them.
   *
   * @param log undefined: nothing survives a restart
   */
  constructor(vhosts: VirtualHosts, log: DefinitionsLog | undefined) {
    this.vhosts = vhosts;
    this.log = log;
    for (const kind of ['policy', 'operator_policy'] as const) {
      for (const { value } of log?.definitions<StoredPolicy>(kind) ?? []) {
        const { vhost, name, ...input } = value;
        vhosts.require(vhost).policies.put(kind, new Policy(kind, name, input, { isLenient: true }));
      }
    }
  }

  /**
   * Sets the policy, in place of one of the same name, and puts it into force: see `inForce`.
   *
   * @throws OperationError if it makes no sense, or there is no such virtual host; AmqpError if it can't be noted: then
   * nothing has changed
   */
  set(kind: PolicyKind, vhostName: string, name: string, input: PolicyInput): void {
    this.put(kind, vhostName, new Policy(kind, name, input));
  }

  /** The same, where it is known to make sense. */
  put(kind: PolicyKind, vhostName: string, policy: Policy): void {
    const vhost = this.vhosts.require(vhostName);
    const { name } = policy;
    noteChanges(this.log, [['put', kind, [vhostName, name], policyToJson(vhostName, policy)]]);
    vhost.policies.put(kind, policy);
    const { events } = this.vhosts;
    const definition = policy.value as unknown as Json;
    if (kind === OPERATOR_POLICY) {
      events.emit('parameter.set', { component: kind, vhost: vhostName, name, value: definition });
    }
    events.emit('policy.set', { vhost: vhostName, name, definition });
  }

  /** Resolves when the virtual host's policies are in force on all that is there. */
  async inForce(vhost: string): Promise<void> {
    await this.vhosts.get(vhost)?.policies.inForce();
  }

  /**
   * Clears the policy; returns whether there was one.
   *
   * @throws OperationError if there is no such virtual host; AmqpError if it can't be noted: then nothing has changed
   */
  clear(kind: PolicyKind, vhostName: string, name: string): boolean {
    const { policies } = this.vhosts.require(vhostName);
    if (!policies.of(kind).has(name)) return false;
    noteChanges(this.log, [['remove', kind, [vhostName, name]]]);
    policies.remove(kind, name);
    const { events } = this.vhosts;
    if (kind === OPERATOR_POLICY) {
      events.emit('parameter.cleared', { component: kind, vhost: vhostName, name });
      events.emit('operator.policy.cleared', { vhost: vhostName, name });
    } else events.emit('policy.cleared', { vhost: vhostName, name });
    return true;
  }
}

/** As it stands in definitions files, under `policies`. */
export function policyToJson(vhost: string, policy: Policy): Json {
  return { vhost, name: policy.name, ...policy.value };
}
