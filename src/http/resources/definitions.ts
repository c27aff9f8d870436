import type { Json } from '../../storage/definitions/definition-line.ts';
import { type ApiCall, CHANGED } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { badRequest } from '../http-error.ts';
import { StreamedObject } from '../listing/streamed-object.ts';

/** The broker, or a virtual host, as a definitions file. */
export function addDefinitions(routes: ApiRoutes): void {
  const access = 'administrator';
  const notJson = 'failed_to_parse_json';
  routes.get('/definitions', { summary: 'Export everything but messages', access }, (call) => exported(call));
  const importing = { access, notJson, takesLargeBody: true, isJsonOnly: true } as const;
  routes.post<Json>('/definitions', { summary: 'Import definitions', ...importing }, (call) => imported(call));
  routes.get('/definitions/:vhost', { summary: 'Export a virtual host', access }, (call) => {
    const vhost = call.context.broker.vhosts.get(call.part('vhost'));
    if (vhost === undefined) throw badRequest('vhost_not_found');
    return exported(call, vhost.name);
  });
  routes.post<Json>(
    '/definitions/:vhost',
    { summary: 'Import definitions into a virtual host', ...importing },
    (call) => imported(call, call.vhostToChange.name),
  );
}

/** With a file's name for the download, if one is given. */
function exported(call: ApiCall, vhost?: string): StreamedObject {
  const { download } = call.query;
  if (typeof download === 'string') {
    call.replyHeaders['content-disposition'] = `attachment; filename="${download.replaceAll(/[^\w.\- ]/g, '_')}"`;
  }
  return new StreamedObject(call.context.administration.definitionSections(vhost));
}

async function imported({ context, body, user }: ApiCall<Json>, vhost?: string): Promise<typeof CHANGED> {
  const { imported, kept, skipped } = await context.administration.importDefinitions(body, vhost, user.name);
  const { log } = context.broker;
  log.info({ vhost, imported, kept, skipped: skipped.length, by: user.name }, 'definitions imported');
  for (const object of skipped) log.warn({ object }, 'not imported');
  return CHANGED;
}
