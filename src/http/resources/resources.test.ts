import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { ApiRoutes } from '../api-routes.ts';
import type { ManagementContext } from '../management-context.ts';
import { addResources } from './resources.ts';

/** The largest resource has a few less. */
const MAX_ROUTES_IN_A_TURN = 15;

test('the resources are added one by one, in turns of the event loop', async () => {
  const routes = new ApiRoutes(fastify(), {} as ManagementContext);
  const { descriptions } = routes;
  let [routesBefore, mostRoutes, areAdded] = [0, 0, false];
  const lookAtTurn = () => {
    mostRoutes = Math.max(mostRoutes, descriptions.length - routesBefore);
    routesBefore = descriptions.length;
    if (!areAdded) setImmediate(lookAtTurn);
  };
  setImmediate(lookAtTurn);
  await addResources(routes);
  areAdded = true;
  assert.ok(descriptions.length > 100, `${descriptions.length} routes`);
  assert.ok(mostRoutes > 1 && mostRoutes <= MAX_ROUTES_IN_A_TURN, `${mostRoutes} routes in a turn`);
});
