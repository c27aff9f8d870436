import type { ApiClient } from '../api-client.ts';
import type { Session } from '../session.ts';
import { visible } from '../visible-text.ts';

/** Adds something, and tells what became of it: what is there already as it should be is fine. */
export async function add(
  session: Session,
  thing: string,
  action: (api: ApiClient) => Promise<boolean>,
): Promise<void> {
  const isNew = await action(await session.api());
  session.tell(`${visible(thing)} ${isNew ? 'is there now' : 'is as it should be'}`, { created: isNew });
}

/** Sets something. @param things what is set then, as a sentence goes on about it: `tags of user 'shop' are` */
export async function set(
  session: Session,
  things: string,
  action: (api: ApiClient) => Promise<boolean>,
): Promise<void> {
  const isNew = await action(await session.api());
  session.tell(`${visible(things)} set`, { created: isNew });
}

/** `queue 'orders'` */
export function named(kind: string, name: string): string {
  return `${kind} '${name}'`;
}
