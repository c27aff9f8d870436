import type { Policy } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import { type App, useApp } from '../shell/app-context.ts';
import type { Texts } from '../text/english.ts';
import type { Column } from '../view/data-table.tsx';
import { TableValue } from '../view/facts.tsx';
import { PagedTable } from '../view/paged-table.tsx';
import { Panel } from '../view/panel.tsx';
import { buttonColumn } from '../view/row-buttons.tsx';
import { askToRemove } from './removal.ts';
import { vhostField } from './vhost-field.ts';

/** The two kinds, as the API calls them. */
type Kind = 'policies' | 'operator-policies';

/** Policies; and for administrators those of operators. */
export function PoliciesPage() {
  const { texts, user } = useApp();
  return (
    <>
      <h1>{texts.policies}</h1>
      <Policies kind="policies" />
      {user.isAdministrator && (
        <Panel title={texts.operatorPolicies}>
          <Policies kind="operator-policies" />
        </Panel>
      )}
    </>
  );
}

function Policies({ kind }: { readonly kind: Kind }) {
  const app = useApp();
  const { texts, vhost } = app;
  return (
    <PagedTable<Policy>
      key={vhost}
      path={vhost === undefined ? apiPath(kind) : apiPath(kind, vhost)}
      rowKey={(policy) => `${policy.vhost}\n${policy.name}`}
      columns={columnsFor(app, kind)}
      actions={
        <button type="button" onClick={() => putPolicy(app, kind, undefined)}>
          {texts.addPolicy}
        </button>
      }
    />
  );
}

function columnsFor(app: App, kind: Kind): Column<Policy>[] {
  const { texts, vhosts } = app;
  return [
    { title: texts.name, sort: 'name', cell: ({ name }) => name },
    ...(vhosts.length > 1
      ? [{ title: texts.virtualHost, sort: 'vhost', cell: ({ vhost }: Policy) => vhost, isMinor: true }]
      : []),
    { title: texts.pattern, cell: ({ pattern }) => <code>{pattern}</code> },
    {
      title: texts.applyTo,
      sort: 'apply-to',
      cell: (policy) => targetText(policy, texts),
      isMinor: true,
      isShort: true,
    },
    { title: texts.priority, sort: 'priority', cell: ({ priority }) => priority, isNumber: true, isMinor: true },
    { title: texts.definition, cell: ({ definition }) => <TableValue table={definition} />, isMinor: true },
    buttonColumn(
      { label: texts.change, run: (policy) => putPolicy(app, kind, policy) },
      { label: texts.remove, run: (policy) => removePolicy(app, kind, policy) },
    ),
  ];
}

function targetText(policy: Policy, texts: Texts): string {
  const known: Readonly<Record<string, string>> = {
    all: texts.applyToAll,
    exchanges: texts.exchanges,
    queues: texts.queues,
  };
  return known[policy['apply-to']] ?? policy['apply-to'];
}

function putPolicy(app: App, kind: Kind, policy: Policy | undefined): void {
  const { texts, api, ask, changed } = app;
  const targets = [
    ...(kind === 'policies'
      ? [
          { value: 'all', label: texts.applyToAll },
          { value: 'exchanges', label: texts.exchanges },
        ]
      : []),
    { value: 'queues', label: texts.queues },
  ];
  ask({
    title: policy?.name ?? texts.addPolicy,
    action: policy === undefined ? texts.add : texts.save,
    fields: [
      ...(policy === undefined ? [...vhostField(app), { name: 'name', label: texts.name, isRequired: true }] : []),
      { name: 'pattern', label: texts.pattern, hint: texts.patternHint, value: policy?.pattern, isRequired: true },
      { name: 'applyTo', label: texts.applyTo, kind: 'select', options: targets, value: policy?.['apply-to'] },
      { name: 'priority', label: texts.priority, kind: 'number', value: String(policy?.priority ?? 0) },
      {
        name: 'definition',
        label: texts.definition,
        kind: 'json',
        hint: texts.definitionHint,
        value: policy && JSON.stringify(policy.definition),
        isRequired: true,
      },
    ],
    run: async (values) => {
      const path = apiPath(kind, policy?.vhost ?? values.text('vhost'), policy?.name ?? values.text('name'));
      await api.put(path, {
        pattern: values.text('pattern'),
        'apply-to': values.text('applyTo'),
        priority: values.wholeNumber('priority'),
        definition: values.table('definition'),
      });
      changed();
    },
  });
}

function removePolicy(app: App, kind: Kind, { vhost, name }: Policy): void {
  askToRemove(app, { title: app.texts.removePolicy(name), path: apiPath(kind, vhost, name) });
}
