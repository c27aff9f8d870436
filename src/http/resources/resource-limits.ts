import type { Json } from '../../storage/definitions/definition-line.ts';
import { CHANGED } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { ANYTHING, bodyOf } from '../body-schema.ts';

const access = 'administrator';
const LIMIT = bodyOf({ value: ANYTHING }, ['value']);

/** How much memory messages may take, and how much of the disk must stay free: else publishers are blocked. */
export function addResourceLimits(routes: ApiRoutes): void {
  const reading = { summary: 'The limits of memory and disk', access: 'monitoring' } as const;
  routes.get('/limits', reading, ({ context }) => ({ ...context.administration.resourceLimits.values }));
  const path = '/limits/:name';
  const setting = {
    summary: 'Set memory-limit or disk-free-limit until the broker ends',
    access,
    body: LIMIT,
  } as const;
  routes.put<{ value: Json }>(path, setting, (call) => {
    call.context.administration.resourceLimits.set(call.part('name'), call.body.value);
    return CHANGED;
  });
  routes.delete(path, { summary: 'Set a limit back to what the broker was started with', access }, (call) => {
    call.context.administration.resourceLimits.reset(call.part('name'));
    return CHANGED;
  });
}
