import { LIMITED } from '../support/accounts.ts';
import type { Names } from './names.ts';
import { LOCK, type PermissionsPlan, type PolicyPlan } from './plan.ts';

const AUTHORIZATION = `Basic ${btoa('guest:guest')}`;

/** What only the management API can do: policies and permissions. */
export class Administration {
  private readonly url: string;
  private readonly names: Names;
  private readonly policies = new Set<string>();

  constructor(url: string, names: Names) {
    this.url = url;
    this.names = names;
  }

  /** @param number there is one of each kind with each number; the lower, the more important */
  async setPolicy(number: number, policy: PolicyPlan): Promise<void> {
    const path = this.policyPath(number, policy.isOperator);
    await this.request('PUT', path, this.names.policy(policy, number));
    this.policies.add(path);
  }

  async clearPolicy(number: number, isOperator: boolean): Promise<void> {
    const path = this.policyPath(number, isOperator);
    if (this.policies.delete(path)) await this.request('DELETE', path);
  }

  async clearPolicies(): Promise<void> {
    for (const path of this.policies) await this.request('DELETE', path);
    this.policies.clear();
  }

  /** Those of the user with limited rights, from now on. */
  async setPermissions({ configure, write, read }: PermissionsPlan): Promise<void> {
    await this.request('PUT', `permissions/%2F/${LIMITED.name}`, {
      configure: this.names.pattern([...configure, LOCK]),
      write: this.names.pattern(write),
      read: this.names.pattern(read),
    });
  }

  private policyPath(number: number, isOperator: boolean): string {
    const name = `${this.names.prefix}p${number}`;
    return `${isOperator ? 'operator-policies' : 'policies'}/%2F/${name}`;
  }

  private async request(method: string, path: string, body?: object): Promise<void> {
    const response = await fetch(`${this.url}/api/${path}`, {
      method,
      headers: { authorization: AUTHORIZATION, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  }
}
