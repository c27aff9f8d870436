import { useEffect, useState } from 'preact/hooks';
import type { Exchange, Page, RouteTrace } from '../api/answers.ts';
import { ApiError, apiPath } from '../api/client.ts';
import { RouteView } from '../route/route-view.tsx';
import { useApp } from '../shell/app-context.ts';
import { InputError, parseTable } from '../view/form-values.ts';
import { Panel } from '../view/panel.tsx';
import { usePoll } from '../view/use-poll.ts';
import { DEFAULT_EXCHANGE } from './exchanges-page.tsx';

const TYPING_MS = 150;
/** As many exchanges are offered while a name is typed. */
const OFFERED = 200;
const OFFERED_INTERVAL_MS = 30_000;

/** What a message would be published with. */
interface Attempt {
  readonly vhost: string;
  readonly exchange: string;
  readonly routingKey: string;
  /** JSON. */
  readonly headers: string;
}

interface TryRoutePageProps {
  readonly vhost: string | undefined;
  readonly exchange: string | undefined;
}

/** Where a message would go, told while its key is typed, without publishing one. */
export function TryRoutePage({ vhost, exchange }: TryRoutePageProps) {
  const app = useApp();
  const { texts, vhosts } = app;
  const [attempt, setAttempt] = useState<Attempt>({
    vhost: vhost ?? app.vhost ?? '/',
    exchange: exchange === DEFAULT_EXCHANGE ? '' : (exchange ?? ''),
    routingKey: '',
    headers: '',
  });
  const { trace, problem } = useTrace(attempt);
  const field = (name: keyof Attempt) => ({
    name,
    value: attempt[name],
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement }) =>
      setAttempt({ ...attempt, [name]: currentTarget.value }),
  });
  const text = { autocomplete: 'off', autocapitalize: 'off', spellcheck: false } as const;
  return (
    <>
      <h1>{texts.tryRoute}</h1>
      <div class="try-route">
        <Panel title={texts.message}>
          <p class="hint">{texts.tryRouteHint}</p>
          {vhosts.length > 1 && (
            <label class="field">
              <span>{texts.virtualHost}</span>
              <select {...field('vhost')}>
                {vhosts.map((name) => (
                  <option key={name} value={name} selected={name === attempt.vhost}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          )}
          <label class="field">
            <span>{texts.exchange}</span>
            <input {...field('exchange')} {...text} list="exchanges" placeholder={texts.defaultExchange} />
          </label>
          <ExchangeNames vhost={attempt.vhost} />
          <label class="field">
            <span>{texts.routingKey}</span>
            <input {...field('routingKey')} {...text} />
          </label>
          <label class="field">
            <span>{texts.headers}</span>
            <textarea {...field('headers')} rows={3} class="json" spellcheck={false} placeholder='{"region": "eu"}' />
            <small>{texts.headersHint}</small>
          </label>
        </Panel>
        <Panel title={texts.route}>
          {problem !== undefined && (
            <p class="error" role="alert">
              {problem}
            </p>
          )}
          {trace !== undefined && <RouteView vhost={attempt.vhost} trace={trace} />}
        </Panel>
      </div>
    </>
  );
}

/** What to choose an exchange from. */
function ExchangeNames({ vhost }: { readonly vhost: string }) {
  const { data } = usePoll<Page<Exchange>>(
    `${apiPath('exchanges', vhost)}?page=1&page_size=${OFFERED}&columns=name,type`,
    OFFERED_INTERVAL_MS,
  );
  return (
    <datalist id="exchanges">
      {data?.items
        .filter(({ name }) => name !== '')
        .map(({ name, type }) => (
          <option key={name} value={name}>
            {type}
          </option>
        ))}
    </datalist>
  );
}

interface Traced {
  /** The last way that was found: it stays in view while something is typed that makes no sense yet. */
  readonly trace: RouteTrace | undefined;
  readonly problem: string | undefined;
}

/** Asks for the way of a message a moment after it was changed. */
function useTrace({ vhost, exchange, routingKey, headers }: Attempt): Traced {
  const { api, texts, revision } = useApp();
  const [traced, setTraced] = useState<Traced>({ trace: undefined, problem: undefined });
  useEffect(() => {
    let isOver = false;
    const ask = async (): Promise<void> => {
      try {
        const properties = { headers: parseTable('headers', headers) };
        const path = apiPath('exchanges', vhost, exchange || DEFAULT_EXCHANGE, 'route');
        const trace = await api.post<RouteTrace>(path, { routing_key: routingKey, properties });
        if (!isOver) setTraced({ trace, problem: undefined });
      } catch (error) {
        if (isOver) return;
        if (error instanceof InputError) {
          setTraced(({ trace }) => ({ trace, problem: `${texts.headers}: ${error.message}` }));
        } else if (error instanceof ApiError) {
          setTraced({ trace: undefined, problem: error.status === 404 ? texts.noSuchExchange : error.message });
        } else throw error;
      }
    };
    const timer = setTimeout(ask, TYPING_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [api, vhost, exchange, routingKey, headers, revision, texts]);
  return traced;
}
