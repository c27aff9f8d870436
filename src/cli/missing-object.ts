import { didYouMean } from '../config/suggest.ts';
import { type ApiClient, apiPath, type JsonObject } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { CommandError } from './command-error.ts';
import type { Session } from './session.ts';

/** Kinds of things that have names, and where they are listed; most of them in virtual hosts. */
const KINDS = {
  queue: { list: 'queues', isInVhost: true },
  exchange: { list: 'exchanges', isInVhost: true },
  policy: { list: 'policies', isInVhost: true },
  'operator policy': { list: 'operator-policies', isInVhost: true },
  user: { list: 'users', isInVhost: false },
  vhost: { list: 'vhosts', isInVhost: false },
  connection: { list: 'connections', isInVhost: false },
  'global parameter': { list: 'global-parameters', isInVhost: false },
} as const;
export type Kind = keyof typeof KINDS;

/** Does something with what has the name. @throws CommandError that says what is missing, if that is why it fails */
export async function withNamed<T>(
  session: Session,
  kind: Kind,
  name: string,
  action: (api: ApiClient) => Promise<T>,
): Promise<T> {
  const api = await session.api();
  try {
    return await action(api);
  } catch (error) {
    if (!(error instanceof ApiError) || !error.isObjectMissing) throw error;
    throw await missing(api, session, kind, name);
  }
}

async function missing(api: ApiClient, { vhost }: Session, kind: Kind, name: string): Promise<CommandError> {
  const { list, isInVhost } = KINDS[kind];
  const names = (await namesAt(api, isInVhost ? apiPath(list, vhost) : apiPath(list))) ?? [];
  if (isInVhost || names.includes(name)) {
    const vhosts = (await namesAt(api, apiPath('vhosts'))) ?? [vhost];
    if (!vhosts.includes(vhost)) return new CommandError(`there is no vhost '${vhost}'${didYouMean(vhost, vhosts)}`);
  }
  const where = isInVhost ? ` in vhost '${vhost}'` : '';
  return new CommandError(`there is no ${kind} '${name}'${where}${didYouMean(name, names)}`);
}

/** The names that there are; undefined: they are not to be had. */
async function namesAt(api: ApiClient, path: string): Promise<string[] | undefined> {
  try {
    const rows = await api.get<readonly JsonObject[]>(path, { columns: 'name' });
    return rows.map(({ name }) => String(name));
  } catch {
    return undefined;
  }
}
