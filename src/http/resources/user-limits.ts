import type { Json } from '../../storage/definitions/definition-line.ts';
import { type ApiCall, CHANGED } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { isMonitor } from '../authorization.ts';
import { ANYTHING, bodyOf } from '../body-schema.ts';
import { badRequest, objectNotFound } from '../http-error.ts';
import { type Listing, listing } from '../listing/listing.ts';

const access = 'administrator';
const LIMIT = bodyOf({ value: ANYTHING }, ['value']);

/** How many connections and channels users may have. Those without the tag `monitoring` see their own. */
export function addUserLimits(routes: ApiRoutes): void {
  routes.get('/user-limits', { summary: 'The limits of all users' }, (call) => {
    const names = call.context.broker.users.records.map(({ name }) => name);
    return limitList(call, isMonitor(call.user) ? names : [call.user.name]);
  });
  routes.get('/user-limits/:user', { summary: 'The limits of a user' }, (call) => {
    const name = call.part('user');
    if (call.context.broker.users.get(name) === undefined) throw objectNotFound();
    return limitList(call, isMonitor(call.user) || name === call.user.name ? [name] : []);
  });
  const path = '/user-limits/:user/:name';
  const setting = {
    summary: 'Set a limit: max-connections, max-channels',
    access,
    body: LIMIT,
    isJsonOnly: true,
  } as const;
  routes.put<{ value: Json }>(path, setting, async (call) => {
    const user = call.part('user');
    if (call.context.broker.users.get(user) === undefined) throw badRequest(['no_such_user', user]);
    await call.context.administration.setUserLimit(user, call.part('name'), call.body.value);
    return CHANGED;
  });
  routes.delete(path, { summary: 'Clear a limit', access }, async (call) => {
    const user = call.part('user');
    if (call.context.broker.users.get(user) === undefined) throw objectNotFound();
    await call.context.administration.clearUserLimit(user, call.part('name'));
    return CHANGED;
  });
}

/** Of those that have limits. */
function limitList({ context }: ApiCall, names: readonly string[]): Listing {
  const all = names.map((user) => ({ user, value: { ...context.broker.userLimits.shareOf(user).limits } as Json }));
  const limited = all.filter(({ value }) => Object.keys(value as object).length > 0);
  return listing(limited, (limits) => limits, ['user']);
}
