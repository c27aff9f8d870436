import { type ApiCall, CHANGED, type Done } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { objectNotFound } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';

/** How often clients have tried to log in. Where from is in the log, and not counted: RabbitMQ does so only if it is told to. */
export function addLoginAttempts(routes: ApiRoutes): void {
  const access = 'monitoring';
  routes.get('/auth/attempts/:node', { summary: 'How logins went, by protocols', access }, (call) => attempts(call));
  routes.delete('/auth/attempts/:node', { summary: 'Count logins anew', access }, (call) => reset(call));
  const bySource = { summary: 'How logins went, by where they came from: not counted', access } as const;
  routes.get('/auth/attempts/:node/source', bySource, (call) => {
    requireNode(call);
    return [];
  });
  routes.delete('/auth/attempts/:node/source', { summary: 'Count logins anew', access }, (call) => reset(call));
}

function attempts(call: ApiCall): JsonObject[] {
  requireNode(call);
  return call.context.broker.logins.all.map(({ protocol, succeeded, failed }) => ({
    protocol,
    auth_attempts: succeeded + failed,
    auth_attempts_failed: failed,
    auth_attempts_succeeded: succeeded,
  }));
}

function reset(call: ApiCall): Done {
  requireNode(call);
  call.context.broker.logins.reset();
  return CHANGED;
}

/** @throws HttpError 404 */
function requireNode(call: ApiCall): void {
  if (call.part('node') !== call.context.node) throw objectNotFound();
}
