import type { Exchange, TopicPermission, User } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import { type App, useApp } from '../shell/app-context.ts';
import { plainOptions } from '../view/form-field.tsx';
import { PagedTable } from '../view/paged-table.tsx';
import { Panel } from '../view/panel.tsx';
import { buttonColumn } from '../view/row-buttons.tsx';
import { askToRemove } from './removal.ts';

const EVERYTHING = '.*';

/** Which routing keys users may write to and read from topic exchanges. */
export function TopicPermissions() {
  const app = useApp();
  const { texts, vhost } = app;
  return (
    <Panel
      title={texts.topicPermissions}
      actions={
        <button type="button" onClick={() => setTopicPermission(app, undefined)}>
          {texts.setTopicPermission}
        </button>
      }
    >
      <PagedTable<TopicPermission>
        key={vhost}
        path={vhost === undefined ? '/topic-permissions' : apiPath('vhosts', vhost, 'topic-permissions')}
        rowKey={(permission) => JSON.stringify([permission.vhost, permission.user, permission.exchange])}
        columns={[
          { title: texts.user, sort: 'user', cell: ({ user }) => user },
          { title: texts.virtualHost, sort: 'vhost', cell: (permission) => permission.vhost, isMinor: true },
          { title: texts.exchange, sort: 'exchange', cell: ({ exchange }) => exchange || texts.defaultExchange },
          { title: texts.write, cell: ({ write }) => <code>{write || '–'}</code>, isMinor: true },
          { title: texts.read, cell: ({ read }) => <code>{read || '–'}</code>, isMinor: true },
          buttonColumn(
            { label: texts.change, run: (permission) => setTopicPermission(app, permission) },
            { label: texts.clear, run: (permission) => clearTopicPermissions(app, permission) },
          ),
        ]}
      />
    </Panel>
  );
}

async function setTopicPermission(app: App, permission: TopicPermission | undefined): Promise<void> {
  const { texts, api, ask, changed, vhosts, vhost } = app;
  const [users, exchanges] = await Promise.all([
    api.get<readonly User[]>('/users?columns=name'),
    api.get<readonly Exchange[]>('/exchanges?columns=name,type'),
  ]);
  const topics = exchanges.filter(({ type }) => type === 'topic').map(({ name }) => name);
  const hint = texts.topicPermissionHint;
  const select = (name: string, label: string, options: readonly string[], value: string | undefined) => {
    return { name, label, kind: 'select', options: plainOptions(options), value } as const;
  };
  const names = users.map(({ name }) => name);
  ask({
    title: texts.setTopicPermission,
    action: texts.save,
    fields: [
      select('user', texts.user, names, permission?.user),
      select('vhost', texts.virtualHost, vhosts, permission?.vhost ?? vhost),
      select('exchange', texts.exchange, [...new Set(topics)].sort(), permission?.exchange ?? 'amq.topic'),
      { name: 'write', label: texts.write, hint, value: permission?.write ?? EVERYTHING },
      { name: 'read', label: texts.read, hint, value: permission?.read ?? EVERYTHING },
    ],
    run: async (values) => {
      const [exchange, write, read] = ['exchange', 'write', 'read'].map((name) => values.text(name));
      await api.put(apiPath('topic-permissions', values.text('vhost'), values.text('user')), { exchange, write, read });
      changed();
    },
  });
}

/** The API clears all that a user has in a virtual host. */
function clearTopicPermissions(app: App, { user, vhost }: TopicPermission): void {
  const { texts } = app;
  const path = apiPath('topic-permissions', vhost, user);
  const title = texts.clearTopicPermissions(user, vhost);
  askToRemove(app, { title, note: texts.clearTopicHint, action: texts.clear, path });
}
