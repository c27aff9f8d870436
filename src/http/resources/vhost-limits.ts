import type { VirtualHost } from '../../broker/vhost.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import { CHANGED } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { isMonitor, openableVhosts } from '../authorization.ts';
import { ANYTHING, bodyOf } from '../body-schema.ts';
import { type Listing, listing } from '../listing/listing.ts';

const access = 'administrator';
const LIMIT = bodyOf({ value: ANYTHING }, ['value']);

/** How many connections and queues virtual hosts may have. */
export function addVhostLimits(routes: ApiRoutes): void {
  routes.get('/vhost-limits', { summary: 'The limits of all virtual hosts' }, ({ context, user }) => {
    const { vhosts } = context.broker;
    return limitList(isMonitor(user) ? vhosts.values() : openableVhosts(vhosts, user));
  });
  const ofVhost = { summary: 'The limits of a virtual host', access: 'seen vhost' } as const;
  routes.get('/vhost-limits/:vhost', ofVhost, ({ vhost }) => {
    return limitList(Object.keys(vhost.limits ?? {}).length > 0 ? [vhost] : []);
  });
  const path = '/vhost-limits/:vhost/:name';
  const setting = {
    summary: 'Set a limit: max-connections, max-queues',
    access,
    body: LIMIT,
    isJsonOnly: true,
  } as const;
  routes.put<{ value: Json }>(path, setting, async (call) => {
    await call.context.administration.setVhostLimit(call.vhostToChange.name, call.part('name'), call.body.value);
    return CHANGED;
  });
  routes.delete(path, { summary: 'Clear a limit', access }, async (call) => {
    await call.context.administration.clearVhostLimit(call.vhost.name, call.part('name'));
    return CHANGED;
  });
}

/** Those whose limits were set, although all of them may be cleared since. */
function limitList(vhosts: Iterable<VirtualHost>): Listing {
  const limited = [...vhosts].filter(({ limits }) => limits !== undefined);
  return listing(limited, ({ name, limits }) => ({ vhost: name, value: { ...limits } as Json }), ['vhost']);
}
