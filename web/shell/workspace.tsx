import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { VirtualHost } from '../api/answers.ts';
import type { ApiClient } from '../api/client.ts';
import type { CurrentUser } from '../api/user.ts';
import type { Texts } from '../text/english.ts';
import type { Language } from '../text/languages.ts';
import { Dialog, type DialogSpec } from '../view/dialog.tsx';
import { type App, AppContext } from './app-context.ts';
import { Navigation, titleOf } from './navigation.tsx';
import { PageAt } from './page-at.tsx';
import { parseRoute } from './route.ts';

const NOTICE_MS = 4000;

interface WorkspaceProps {
  readonly api: ApiClient;
  readonly user: CurrentUser;
  readonly language: Language;
  readonly texts: Texts;
  readonly controls: ComponentChildren;
  readonly onLogOut: () => void;
}

/** All pages, with what is around them. */
export function Workspace({ api, user, language, texts, controls, onLogOut }: WorkspaceProps) {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  const [vhost, setVhost] = useState<string>();
  const [revision, setRevision] = useState(0);
  const [dialog, setDialog] = useState<{ readonly spec: DialogSpec; readonly key: number }>();
  const [notice, notify] = useNotice();
  const vhosts = useVhosts(api, revision);
  const changed = useCallback(() => setRevision((before) => before + 1), []);
  useEffect(() => {
    const onHashChange = (): void => {
      setRoute(parseRoute(location.hash));
      setDialog(undefined); // it was about what was on the page
    };
    addEventListener('hashchange', onHashChange);
    return () => removeEventListener('hashchange', onHashChange);
  }, []);
  useEffect(() => {
    document.title = `${titleOf(route, texts)} – Leveret`;
  }, [route, texts]);
  useFilterKey();
  const app = useMemo<App>(() => {
    const ask = (spec: DialogSpec) => setDialog({ spec, key: Date.now() });
    return { api, user, language, texts, vhost, vhosts, revision, ask, notify, changed };
  }, [api, user, language, texts, vhost, vhosts, revision, notify, changed]);
  return (
    <AppContext.Provider value={app}>
      <a class="skip" href={location.hash} onClick={focusContent}>
        {texts.skipToContent}
      </a>
      <Navigation route={route} vhost={vhost} onVhost={setVhost} controls={controls} onLogOut={onLogOut} />
      <main id="content" tabIndex={-1}>
        <PageAt route={route} />
      </main>
      {dialog !== undefined && (
        <Dialog key={dialog.key} spec={dialog.spec} texts={texts} onClose={() => setDialog(undefined)} />
      )}
      <div class="notice" role="status">
        {notice}
      </div>
    </AppContext.Provider>
  );
}

function focusContent(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}

/** Something that is said for a moment, and what says it. */
function useNotice(): [notice: string | undefined, notify: (text: string) => void] {
  const [notice, setNotice] = useState<{ readonly text: string }>();
  useEffect(() => {
    const timer = setTimeout(() => setNotice(undefined), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return [notice?.text, useCallback((text: string) => setNotice({ text }), [])];
}

function useVhosts(api: ApiClient, revision: number): readonly string[] {
  const [vhosts, setVhosts] = useState<readonly string[]>([]);
  // A new revision asks anew.
  useEffect(() => {
    api.get<readonly VirtualHost[]>('/vhosts?columns=name').then(
      (list) => setVhosts(list.map(({ name }) => name)),
      () => undefined, // the page says so itself
    );
  }, [api, revision]);
  return vhosts;
}

/** The slash goes to the page's filter, as in many programs. */
function useFilterKey(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement;
      if (event.key !== '/' || event.ctrlKey || event.metaKey || target.closest('input, textarea, select, dialog'))
        return;
      event.preventDefault();
      document.querySelector<HTMLInputElement>('.filter')?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}
