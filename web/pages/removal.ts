import type { App } from '../shell/app-context.ts';
import { routeTo } from '../shell/route.ts';

interface Removal {
  /** The question. */
  readonly title: string;
  readonly note?: string;
  /** What the button says; undefined: that it deletes. */
  readonly action?: string;
  /** Of the API. */
  readonly path: string;
  /** The page to go to, where this one is about what is gone then. */
  readonly leadsTo?: string;
}

/** Asks whether something is to go, and deletes it. */
export function askToRemove({ texts, api, ask, changed }: App, { title, note, action, path, leadsTo }: Removal): void {
  ask({
    title,
    note,
    action: action ?? texts.remove,
    isDangerous: true,
    run: async () => {
      await api.delete(path);
      if (leadsTo !== undefined) location.hash = routeTo(leadsTo);
      changed();
    },
  });
}
