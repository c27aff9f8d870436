import { policyToJson } from '../../broker/policies.ts';
import type { PolicyInput, PolicyKind } from '../../broker/policy/policy.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import { type ApiCall, CHANGED, CREATED, type Done } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { type Access, openableVhosts } from '../authorization.ts';
import { ANYTHING, bodyOf } from '../body-schema.ts';
import { objectNotFound } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';
import { type Listing, listing } from '../listing/listing.ts';

/** What is in it is checked where policies are, all at once. */
const POLICY = bodyOf({ pattern: ANYTHING, definition: ANYTHING, priority: ANYTHING, 'apply-to': ANYTHING }, [
  'pattern',
  'definition',
]);

/** Policies and operator policies, by virtual host and name. */
export function addPolicies(routes: ApiRoutes): void {
  addKind(routes, 'policy', '/policies', 'policymaker');
  addKind(routes, 'operator_policy', '/operator-policies', 'administrator');
}

function addKind(routes: ApiRoutes, kind: PolicyKind, root: string, access: Access): void {
  const word = kind === 'policy' ? 'policy' : 'operator policy';
  routes.get(root, { summary: `Each ${word}` }, ({ context, user }) => {
    return policyList(kind, openableVhosts(context.broker.vhosts, user));
  });
  routes.get(`${root}/:vhost`, { summary: `Each ${word} of a virtual host`, access: 'vhost' }, ({ vhost }) => {
    return policyList(kind, [vhost]);
  });
  const path = `${root}/:vhost/:name`;
  routes.get(path, { summary: `One ${word}`, access }, ({ vhost, path: { name } }) => {
    const policy = vhost.policies.of(kind).get(name!);
    if (policy === undefined) throw objectNotFound();
    return policyToJson(vhost.name, policy) as JsonObject;
  });
  const isJsonOnly = kind === 'operator_policy';
  const setting = { summary: `Set the ${word}`, access, body: POLICY, isJsonOnly } as const;
  routes.put<PolicyInput>(path, setting, (call) => put(call, kind));
  routes.delete(path, { summary: `Clear the ${word}`, access }, async ({ context, vhost, path: { name } }) => {
    if (!(await context.administration.clearPolicy(kind, vhost.name, name!))) throw objectNotFound();
    return CHANGED;
  });
}

function policyList(kind: PolicyKind, vhosts: readonly VirtualHost[]): Listing {
  const views = vhosts.flatMap(({ name, policies }) =>
    Array.from(policies.of(kind).values(), (policy) => policyToJson(name, policy) as JsonObject),
  );
  return listing(views, (view) => view, ['vhost', 'name']);
}

async function put(call: ApiCall<PolicyInput>, kind: PolicyKind): Promise<Done> {
  const { vhostToChange: vhost, context, body } = call;
  const name = call.part('name');
  const isNew = !vhost.policies.of(kind).has(name);
  await context.administration.setPolicy(kind, vhost.name, name, body);
  return isNew ? CREATED : CHANGED;
}
