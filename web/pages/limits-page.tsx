import type { Limits, User } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import { type App, useApp } from '../shell/app-context.ts';
import { DataTable } from '../view/data-table.tsx';
import { Failure } from '../view/failure.tsx';
import { plainOptions } from '../view/form-field.tsx';
import { formatCount } from '../view/format.ts';
import { Panel } from '../view/panel.tsx';
import { buttonColumn } from '../view/row-buttons.tsx';
import { usePoll } from '../view/use-poll.ts';
import { askToRemove } from './removal.ts';

/** What limits are for, as the API calls it, and those that there are. */
interface Kind {
  readonly resource: 'vhost-limits' | 'user-limits';
  readonly owner: 'vhost' | 'user';
  readonly names: readonly string[];
}

const VHOST_LIMITS: Kind = { resource: 'vhost-limits', owner: 'vhost', names: ['max-connections', 'max-queues'] };
const USER_LIMITS: Kind = { resource: 'user-limits', owner: 'user', names: ['max-connections', 'max-channels'] };

/** Limits of virtual hosts and of users. */
export function LimitsPage() {
  const { texts } = useApp();
  return (
    <>
      <h1>{texts.limits}</h1>
      <LimitsPanel title={texts.virtualHosts} kind={VHOST_LIMITS} />
      <LimitsPanel title={texts.users} kind={USER_LIMITS} />
    </>
  );
}

/** One limit of one virtual host or user. */
interface LimitRow {
  readonly owner: string;
  readonly name: string;
  readonly value: number;
}

function LimitsPanel({ title, kind }: { readonly title: string; readonly kind: Kind }) {
  const app = useApp();
  const { texts, language } = app;
  const { data, error } = usePoll<readonly Limits[]>(apiPath(kind.resource));
  const rows = (data ?? []).flatMap((limits) =>
    Object.entries(limits.value).map(([name, value]): LimitRow => ({ owner: limits[kind.owner] ?? '', name, value })),
  );
  return (
    <Panel
      title={title}
      actions={
        <button type="button" onClick={() => setLimit(app, kind)}>
          {texts.setLimit}
        </button>
      }
    >
      {error !== undefined && <Failure error={error} />}
      {data !== undefined && rows.length === 0 && <p class="empty">{texts.nothingHere}</p>}
      {rows.length > 0 && (
        <DataTable<LimitRow>
          rows={rows}
          rowKey={({ owner, name }) => `${owner}\n${name}`}
          columns={[
            { title: texts.name, cell: ({ owner }) => owner },
            { title: texts.limit, cell: ({ name }) => name },
            { title: texts.value, cell: ({ value }) => formatCount(value, language), isNumber: true },
            buttonColumn({ label: texts.clear, run: (row) => clearLimit(app, kind, row) }),
          ]}
        />
      )}
    </Panel>
  );
}

async function setLimit(app: App, { resource, owner, names }: Kind): Promise<void> {
  const { texts, api, ask, changed, vhosts } = app;
  const users = owner === 'user' ? await api.get<readonly User[]>('/users?columns=name') : [];
  const owners = owner === 'user' ? users.map(({ name }) => name) : vhosts;
  ask({
    title: texts.setLimit,
    action: texts.save,
    fields: [
      {
        name: 'owner',
        label: owner === 'user' ? texts.user : texts.virtualHost,
        kind: 'select',
        options: plainOptions(owners),
      },
      { name: 'name', label: texts.limit, kind: 'select', options: plainOptions(names) },
      { name: 'value', label: texts.value, kind: 'number', hint: texts.limitHint, isRequired: true },
    ],
    run: async (values) => {
      const path = apiPath(resource, values.text('owner'), values.text('name'));
      await api.put(path, { value: values.wholeNumber('value') });
      changed();
    },
  });
}

function clearLimit(app: App, { resource }: Kind, { owner, name }: LimitRow): void {
  const { texts } = app;
  const path = apiPath(resource, owner, name);
  askToRemove(app, { title: texts.removeLimit(name), note: owner, action: texts.clear, path });
}
