import type { Exchange } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import { type App, useApp } from '../shell/app-context.ts';
import { routeTo } from '../shell/route.ts';
import { Facts, TableValue } from '../view/facts.tsx';
import { Failure } from '../view/failure.tsx';
import { Features } from '../view/features.tsx';
import { Panel } from '../view/panel.tsx';
import { usePoll } from '../view/use-poll.ts';
import { addBinding, addBindingFrom } from './binding-actions.ts';
import { Bindings } from './bindings.tsx';
import { DEFAULT_EXCHANGE } from './exchanges-page.tsx';
import { publishMessage } from './message-actions.ts';
import { askToRemove } from './removal.ts';

interface ExchangePageProps {
  readonly vhost: string;
  readonly name: string;
}

/** An exchange, with the bindings from it and to it. */
export function ExchangePage({ vhost, name }: ExchangePageProps) {
  const app = useApp();
  const { texts } = app;
  const path = apiPath('exchanges', vhost, name);
  const { data: exchange, error } = usePoll<Exchange>(path);
  const isDefault = name === DEFAULT_EXCHANGE;
  return (
    <>
      <nav class="trail">
        <a href={routeTo('exchanges')}>{texts.exchanges}</a> <span>{vhost}</span>
      </nav>
      <div class="title">
        <h1>{isDefault ? texts.defaultExchange : name}</h1>
        {exchange !== undefined && <Features of={exchange} />}
      </div>
      {error !== undefined && <Failure error={error} />}
      {exchange !== undefined && (
        <>
          <div class="buttons">
            {!exchange.internal && (
              <button type="button" class="primary" onClick={() => publishMessage(app, vhost, name)}>
                {texts.publish}
              </button>
            )}
            <a class="button" href={routeTo('try-route', vhost, name)}>
              {texts.tryRoute}
            </a>
            {!isDefault && (
              <button type="button" class="danger" onClick={() => remove(app, vhost, name)}>
                {texts.remove}
              </button>
            )}
          </div>
          <Panel title={texts.settings}>
            <Facts
              facts={[
                [texts.type, exchange.type],
                [texts.policy, exchange.policy || '–'],
                [texts.arguments, <TableValue key="arguments" table={exchange.arguments} />],
              ]}
            />
          </Panel>
          {isDefault ? <p class="hint">{texts.defaultExchangeHint}</p> : <BothBindings vhost={vhost} name={name} />}
        </>
      )}
    </>
  );
}

function BothBindings({ vhost, name }: ExchangePageProps) {
  const app = useApp();
  const { texts } = app;
  const path = apiPath('exchanges', vhost, name, 'bindings');
  const button = (onClick: () => void) => (
    <button type="button" onClick={onClick}>
      {texts.addBinding}
    </button>
  );
  return (
    <>
      <Panel title={texts.bindingsFrom} actions={button(() => addBindingFrom(app, vhost, name))}>
        <Bindings path={`${path}/source`} hides="source" />
      </Panel>
      <Panel title={texts.bindingsTo} actions={button(() => addBinding(app, vhost, { kind: 'exchange', name }))}>
        <Bindings path={`${path}/destination`} hides="destination" />
      </Panel>
    </>
  );
}

function remove(app: App, vhost: string, name: string): void {
  const path = apiPath('exchanges', vhost, name);
  askToRemove(app, { title: app.texts.removeExchange(name), path, leadsTo: 'exchanges' });
}
