import type { Connection } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import { type App, useApp } from '../shell/app-context.ts';
import { routeTo } from '../shell/route.ts';
import { Facts, TableValue } from '../view/facts.tsx';
import { Failure } from '../view/failure.tsx';
import { formatCount, formatDuration, formatOctets } from '../view/format.ts';
import { Panel } from '../view/panel.tsx';
import { stateText } from '../view/state-text.ts';
import { usePoll } from '../view/use-poll.ts';
import { Channels } from './channels.tsx';

/** A connection, with its channels. */
export function ConnectionPage({ name }: { readonly name: string }) {
  const app = useApp();
  const { texts, user } = app;
  const path = apiPath('connections', name);
  const { data: connection, error } = usePoll<Connection>(path);
  return (
    <>
      <nav class="trail">
        <a href={routeTo('connections')}>{texts.connections}</a>
      </nav>
      <h1>{name}</h1>
      {error !== undefined && <Failure error={error} />}
      {connection !== undefined && (
        <>
          {(user.isAdministrator || user.name === connection.user) && (
            <div class="buttons">
              <button type="button" class="danger" onClick={() => close(app, name)}>
                {texts.close}
              </button>
            </div>
          )}
          <div class="columns">
            <Settings connection={connection} />
            <Panel title={texts.clientProperties}>
              <TableValue table={connection.client_properties} />
            </Panel>
          </div>
          <Panel title={texts.channels}>
            <Channels path={`${path}/channels`} />
          </Panel>
        </>
      )}
    </>
  );
}

function Settings({ connection }: { readonly connection: Connection }) {
  const { texts, language } = useApp();
  return (
    <Panel title={texts.connection}>
      <Facts
        facts={[
          [texts.user, connection.user],
          [texts.virtualHost, connection.vhost],
          [texts.state, stateText(connection.state, texts)],
          [texts.protocol, connection.protocol],
          [texts.mechanism, connection.auth_mechanism],
          [texts.connectedSince, formatDuration(Date.now() - connection.connected_at)],
          [texts.heartbeat, `${connection.timeout} s`],
          [texts.frameMax, formatOctets(connection.frame_max)],
          [texts.channelMax, formatCount(connection.channel_max, language)],
          [texts.received, formatOctets(connection.recv_oct)],
          [texts.sent, formatOctets(connection.send_oct)],
        ]}
      />
    </Panel>
  );
}

function close({ texts, api, ask, changed }: App, name: string): void {
  ask({
    title: texts.closeConnection,
    note: texts.closeConnectionHint(name),
    action: texts.close,
    isDangerous: true,
    fields: [{ name: 'reason', label: texts.reason, hint: texts.reasonHint }],
    run: async (values) => {
      await api.delete(apiPath('connections', name), values.text('reason'));
      location.hash = routeTo('connections');
      changed();
    },
  });
}
