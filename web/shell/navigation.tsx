import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Texts } from '../text/english.ts';
import { useApp } from './app-context.ts';
import { type Route, routeTo } from './route.ts';

interface NavigationProps {
  readonly route: Route;
  readonly vhost: string | undefined;
  readonly onVhost: (vhost: string | undefined) => void;
  readonly controls: ComponentChildren;
  readonly onLogOut: () => void;
}

type Entry = readonly [page: string, text: keyof Texts];

const ENTRIES: readonly Entry[] = [
  ['overview', 'overview'],
  ['topology', 'topology'],
  ['queues', 'queues'],
  ['exchanges', 'exchanges'],
  ['connections', 'connections'],
  ['channels', 'channels'],
  ['try-route', 'tryRoute'],
];
const POLICYMAKERS_ENTRIES: readonly Entry[] = [
  ['policies', 'policies'],
  ['parameters', 'parameters'],
];
const MONITORS_ENTRIES: readonly Entry[] = [['logs', 'logs']];
const ADMINISTRATORS_ENTRIES: readonly Entry[] = [
  ['users', 'users'],
  ['vhosts', 'virtualHosts'],
  ['limits', 'limits'],
  ['definitions', 'definitions'],
  ['trace', 'trace'],
];

const ALL_ENTRIES = [...ENTRIES, ...POLICYMAKERS_ENTRIES, ...MONITORS_ENTRIES, ...ADMINISTRATORS_ENTRIES];

/** What a page is called among others: by what it is about, else as it is in the navigation. */
export function titleOf(route: Route, texts: Texts): string {
  const [page, ...about] = route;
  const entry = ALL_ENTRIES.find(([name]) => name === page);
  return about.at(-1) ?? (entry === undefined ? texts.notFound : (texts[entry[1]] as string));
}

export function Navigation({ route, vhost, onVhost, controls, onLogOut }: NavigationProps) {
  const { texts, user, vhosts } = useApp();
  const more = [
    ...(user.isPolicymaker ? POLICYMAKERS_ENTRIES : []),
    ...(user.isAdministrator ? ADMINISTRATORS_ENTRIES : []),
    ...(user.isMonitor ? MONITORS_ENTRIES : []),
  ];
  const nav = useRef<HTMLElement>(null);
  // On a phone there is more than fits beside each other.
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [route[0]]);
  const link = ([page, text]: Entry) => (
    <a key={page} href={routeTo(page)} aria-current={route[0] === page ? 'page' : undefined}>
      {texts[text] as string}
    </a>
  );
  return (
    <div class="side">
      <a class="brand" href={routeTo('overview')}>
        <img src="favicon.svg" alt="" width="24" height="24" /> Leveret
      </a>
      <label class="vhost">
        <span class="only-read">{texts.virtualHost}</span>
        <select value={vhost ?? ''} onChange={(event) => onVhost(event.currentTarget.value || undefined)}>
          <option value="">{texts.allVirtualHosts}</option>
          {vhosts.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <nav ref={nav}>
        {ENTRIES.map(link)}
        {more.length > 0 && <span class="group">{texts.administration}</span>}
        {more.map(link)}
      </nav>
      <footer>
        <details>
          <summary>{user.name}</summary>
          {controls}
          <a href="api">{texts.apiReference}</a>
          <button type="button" onClick={onLogOut}>
            {texts.logOut}
          </button>
        </details>
      </footer>
    </div>
  );
}
