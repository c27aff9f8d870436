import type { ApiClient } from '../api-client.ts';
import type { Session } from '../session.ts';
import { visible } from '../visible-text.ts';

/** Adds or sets something, and tells what became of it: what is there already as it should be is fine. */
export async function put(
  session: Session,
  thing: string,
  action: (api: ApiClient) => Promise<boolean>,
): Promise<void> {
  const isNew = await action(await session.api());
  session.tell(`${visible(thing)} ${isNew ? 'is there now' : 'is as it should be'}`, { created: isNew });
}

/** `queue 'orders'` */
export function named(kind: string, name: string): string {
  return `${kind} '${name}'`;
}
