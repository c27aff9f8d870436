import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { ApiClient } from '../api/client.ts';
import type { CurrentUser } from '../api/user.ts';
import type { Texts } from '../text/english.ts';
import type { Language } from '../text/languages.ts';
import type { DialogSpec } from '../view/dialog.tsx';

/** What all pages have. */
export interface App {
  readonly api: ApiClient;
  readonly user: CurrentUser;
  readonly language: Language;
  readonly texts: Texts;
  /** The virtual host that lists are limited to; undefined: none. */
  readonly vhost: string | undefined;
  /** Names of those that the user may see. */
  readonly vhosts: readonly string[];
  /** Grows whenever something was changed here: what is shown is asked for anew. */
  readonly revision: number;
  /** Opens a dialog over the page. */
  ask(dialog: DialogSpec): void;
  /** Says something for a moment. */
  notify(text: string): void;
  /** To be called after a change. */
  changed(): void;
}

export const AppContext = createContext<App | undefined>(undefined);

export function useApp(): App {
  return useContext(AppContext)!;
}
