import { type RuntimeParameter, RuntimeParameters } from '../../server/definitions/runtime-parameters.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import { type ApiCall, CHANGED, CREATED, type Done } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { isAdministrator, openableVhosts } from '../authorization.ts';
import { ANYTHING, bodyOf } from '../body-schema.ts';
import { notAuthorised, objectNotFound } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';
import { type Listing, listing } from '../listing/listing.ts';

const access = 'policymaker';
const ADMINISTRATORS_COMPONENTS = ['operator_policy', 'vhost-limits'];
const PARAMETER = bodyOf({ value: ANYTHING }, ['value']);

interface ParameterBody {
  readonly value: Json;
}

/** Parameters of components in virtual hosts, and those of the broker as a whole. */
export function addParameters(routes: ApiRoutes): void {
  routes.get('/parameters', { summary: 'All parameters', access }, (call) => parameterList(parametersFor(call)));
  routes.get('/parameters/:component', { summary: 'The parameters of a component', access }, (call) => {
    return parameterList(parametersFor(call).filter(({ component }) => component === call.part('component')));
  });
  const inVhost = { summary: 'The parameters of a component in a virtual host', access } as const;
  routes.get('/parameters/:component/:vhost', inVhost, (call) => {
    const all = new RuntimeParameters(call.context.broker).of(call.vhost.name);
    return parameterList(all.filter(({ component }) => component === call.part('component')));
  });
  const path = '/parameters/:component/:vhost/:name';
  routes.get(path, { summary: 'A parameter', access }, (call) => {
    const parameter = findParameter(call);
    if (parameter === undefined) throw objectNotFound();
    return view(parameter);
  });
  routes.put<ParameterBody>(path, { summary: 'Set a parameter', access, body: PARAMETER }, put);
  routes.delete(path, { summary: 'Clear a parameter', access }, async (call) => {
    const { component, name } = call.path;
    requireAdministrator(call);
    if (!(await call.context.administration.clearParameter(component!, call.vhost.name, name!))) throw objectNotFound();
    return CHANGED;
  });
  addGlobalParameters(routes);
}

function parameterList(parameters: Iterable<RuntimeParameter>): Listing {
  return listing(parameters, view, ['vhost', 'component', 'name']);
}

function view({ value, vhost, component, name }: RuntimeParameter): JsonObject {
  return { value, vhost, component, name };
}

function parametersFor({ context, user }: ApiCall): RuntimeParameter[] {
  const parameters = new RuntimeParameters(context.broker);
  return openableVhosts(context.broker.vhosts, user).flatMap(({ name }) => parameters.of(name));
}

function findParameter(call: ApiCall<unknown>): RuntimeParameter | undefined {
  const { component, name } = call.path;
  const parameters = new RuntimeParameters(call.context.broker).of(call.vhostToChange.name);
  return parameters.find((parameter) => parameter.component === component && parameter.name === name);
}

async function put(call: ApiCall<ParameterBody>): Promise<Done> {
  const { vhostToChange: vhost, context, body } = call;
  const { component, name } = call.path as { component: string; name: string };
  requireAdministrator(call);
  const isNew = findParameter(call) === undefined;
  await context.administration.setParameter({ component, vhost: vhost.name, name, value: body.value });
  return isNew ? CREATED : CHANGED;
}

/**
 * Operator policies and limits of virtual hosts are the administrator's, by whichever name: they bind policymakers, too.
 * @throws HttpError 401
 */
function requireAdministrator({ user, path: { component } }: ApiCall<unknown>): void {
  if (ADMINISTRATORS_COMPONENTS.includes(component!) && !isAdministrator(user))
    throw notAuthorised('Not administrator user');
}

function addGlobalParameters(routes: ApiRoutes): void {
  routes.get('/global-parameters', { summary: 'All parameters of the broker', access }, ({ context }) => {
    const { values } = context.broker.globalParameters;
    return listing(values, ([name, value]) => ({ name, value }), ['name']);
  });
  const path = '/global-parameters/:name';
  routes.get(path, { summary: 'A parameter of the broker', access }, ({ context, path: { name } }) => {
    const value = context.broker.globalParameters.values.get(name!);
    if (value === undefined) throw objectNotFound();
    return { name: name!, value };
  });
  const setting = { summary: 'Set a parameter of the broker', access, body: PARAMETER } as const;
  routes.put<ParameterBody>(path, setting, async ({ context, path: { name }, body }) => {
    const isNew = !context.broker.globalParameters.values.has(name!);
    await context.administration.setGlobalParameter(name!, body.value);
    return isNew ? CREATED : CHANGED;
  });
  routes.delete(path, { summary: 'Clear a parameter of the broker', access }, async ({ context, path: { name } }) => {
    if (!(await context.administration.clearGlobalParameter(name!))) throw objectNotFound();
    return CHANGED;
  });
}
