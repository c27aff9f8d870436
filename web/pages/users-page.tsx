import type { Permission, User } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import { type App, useApp } from '../shell/app-context.ts';
import { plainOptions } from '../view/form-field.tsx';
import { PagedTable } from '../view/paged-table.tsx';
import { Panel } from '../view/panel.tsx';
import { buttonColumn } from '../view/row-buttons.tsx';
import { passwordFields, passwordFrom } from './password-fields.ts';
import { askToRemove } from './removal.ts';
import { TopicPermissions } from './topic-permissions.tsx';

const EVERYTHING = '.*';

/** Users, and what they may do where. */
export function UsersPage() {
  const app = useApp();
  const { texts } = app;
  return (
    <>
      <h1>{texts.users}</h1>
      <PagedTable<User>
        path="/users"
        hasFilter
        rowKey={({ name }) => name}
        columns={[
          { title: texts.name, sort: 'name', cell: ({ name }) => name },
          { title: texts.tags, cell: tagsOf },
          buttonColumn(
            { label: texts.change, run: (user) => putUser(app, user) },
            { label: texts.remove, run: (user) => removeUser(app, user) },
          ),
        ]}
        actions={
          <button type="button" onClick={() => putUser(app, undefined)}>
            {texts.addUser}
          </button>
        }
      />
      <Permissions />
      <TopicPermissions />
    </>
  );
}

function Permissions() {
  const app = useApp();
  const { texts, vhost } = app;
  const patternOf = (kind: 'configure' | 'write' | 'read') => (permission: Permission) => (
    <code>{permission[kind] || '–'}</code>
  );
  return (
    <Panel
      title={texts.permissions}
      actions={
        <button type="button" onClick={() => setPermission(app, undefined)}>
          {texts.setPermission}
        </button>
      }
    >
      <PagedTable<Permission>
        key={vhost}
        path={vhost === undefined ? '/permissions' : apiPath('vhosts', vhost, 'permissions')}
        rowKey={(permission) => `${permission.vhost}\n${permission.user}`}
        columns={[
          { title: texts.user, sort: 'user', cell: ({ user }) => user },
          { title: texts.virtualHost, sort: 'vhost', cell: (permission) => permission.vhost },
          { title: texts.configure, cell: patternOf('configure'), isMinor: true },
          { title: texts.write, cell: patternOf('write'), isMinor: true },
          { title: texts.read, cell: patternOf('read'), isMinor: true },
          buttonColumn(
            { label: texts.change, run: (permission) => setPermission(app, permission) },
            { label: texts.clear, run: (permission) => clearPermission(app, permission) },
          ),
        ]}
      />
    </Panel>
  );
}

function tagsOf({ tags }: User): string {
  return typeof tags === 'string' ? tags : tags.join(', ');
}

function putUser(app: App, user: User | undefined): void {
  const { texts, api, ask, changed } = app;
  ask({
    title: user?.name ?? texts.addUser,
    action: user === undefined ? texts.add : texts.save,
    fields: [
      ...(user === undefined ? [{ name: 'name', label: texts.name, isRequired: true }] : []),
      ...passwordFields(texts, user),
      { name: 'tags', label: texts.tags, hint: texts.tagsHint, value: user && tagsOf(user) },
    ],
    run: async (values) => {
      const name = user?.name ?? values.text('name');
      const password = await passwordFrom(values, app, user);
      await api.put(apiPath('users', name), { ...password, tags: values.text('tags') });
      changed();
    },
  });
}

function removeUser(app: App, { name }: User): void {
  askToRemove(app, { title: app.texts.removeUser(name), path: apiPath('users', name) });
}

async function setPermission(app: App, permission: Permission | undefined): Promise<void> {
  const { texts, api, ask, changed, vhosts, vhost } = app;
  const users = await api.get<readonly User[]>('/users?columns=name');
  const names = plainOptions(users.map(({ name }) => name));
  const hint = texts.permissionHint;
  ask({
    title: texts.setPermission,
    action: texts.save,
    fields: [
      { name: 'user', label: texts.user, kind: 'select', options: names, value: permission?.user },
      {
        name: 'vhost',
        label: texts.virtualHost,
        kind: 'select',
        options: plainOptions(vhosts),
        value: permission?.vhost ?? vhost,
      },
      { name: 'configure', label: texts.configure, hint, value: permission?.configure ?? EVERYTHING },
      { name: 'write', label: texts.write, hint, value: permission?.write ?? EVERYTHING },
      { name: 'read', label: texts.read, hint, value: permission?.read ?? EVERYTHING },
    ],
    run: async (values) => {
      const [configure, write, read] = ['configure', 'write', 'read'].map((name) => values.text(name));
      const path = apiPath('permissions', values.text('vhost'), values.text('user'));
      await api.put(path, { configure, write, read });
      changed();
    },
  });
}

function clearPermission(app: App, { user, vhost }: Permission): void {
  const { texts } = app;
  const path = apiPath('permissions', vhost, user);
  askToRemove(app, { title: texts.removePermission(user, vhost), action: texts.clear, path });
}
