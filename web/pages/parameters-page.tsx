import type { Parameter } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import { type App, useApp } from '../shell/app-context.ts';
import type { Column } from '../view/data-table.tsx';
import { InputError } from '../view/form-values.ts';
import { formatValue } from '../view/format.ts';
import { PagedTable } from '../view/paged-table.tsx';
import { Panel } from '../view/panel.tsx';
import { buttonColumn } from '../view/row-buttons.tsx';
import { askToRemove } from './removal.ts';
import { vhostField } from './vhost-field.ts';

type Scope = 'vhost' | 'global';

/** What can be set while the broker runs, of the broker and of components in virtual hosts. */
export function ParametersPage() {
  const { texts } = useApp();
  return (
    <>
      <h1>{texts.parameters}</h1>
      <Parameters title={texts.globalParameters} scope="global" path="/global-parameters" />
      <Parameters title={texts.vhostParameters} scope="vhost" path="/parameters" />
    </>
  );
}

interface ParametersProps {
  readonly title: string;
  readonly scope: Scope;
  readonly path: string;
}

function Parameters({ title, scope, path }: ParametersProps) {
  const app = useApp();
  const { texts } = app;
  const where: Column<Parameter>[] = [
    { title: texts.virtualHost, sort: 'vhost', cell: ({ vhost }) => vhost, isMinor: true },
    { title: texts.component, sort: 'component', cell: ({ component }) => component },
  ];
  return (
    <Panel
      title={title}
      actions={
        <button type="button" onClick={() => setParameter(app, scope, undefined)}>
          {texts.setParameter}
        </button>
      }
    >
      <PagedTable<Parameter>
        path={path}
        rowKey={({ vhost, component, name }) => JSON.stringify([vhost, component, name])}
        columns={[
          { title: texts.name, sort: 'name', cell: ({ name }) => name },
          ...(scope === 'vhost' ? where : []),
          { title: texts.value, cell: ({ value }) => <code>{formatValue(value)}</code> },
          buttonColumn(
            { label: texts.change, run: (parameter) => setParameter(app, scope, parameter) },
            { label: texts.clear, run: (parameter) => clearParameter(app, parameter) },
          ),
        ]}
      />
    </Panel>
  );
}

function setParameter(app: App, scope: Scope, parameter: Parameter | undefined): void {
  const { texts, api, ask, changed } = app;
  const name = { name: 'name', label: texts.name, isRequired: true };
  const component = { name: 'component', label: texts.component, isRequired: true };
  const where = scope === 'vhost' ? [...vhostField(app), component, name] : [name];
  ask({
    title: parameter?.name ?? texts.setParameter,
    action: texts.save,
    fields: [
      ...(parameter === undefined ? where : []),
      {
        name: 'value',
        label: texts.value,
        kind: 'json',
        hint: texts.jsonValueHint,
        value: parameter && JSON.stringify(parameter.value),
        isRequired: true,
      },
    ],
    run: async (values) => {
      const given = { name: values.text('name'), component: values.text('component'), vhost: values.text('vhost') };
      const { name, vhost, component } = parameter ?? (scope === 'vhost' ? given : { name: given.name });
      await api.put(pathOf({ name, vhost, component }), { value: jsonIn(values.text('value'), texts.notJson) });
      changed();
    },
  });
}

type Place = { readonly [Key in 'name' | 'vhost' | 'component']: string | undefined };

function pathOf({ name = '', vhost = '', component }: Place): string {
  return component === undefined ? apiPath('global-parameters', name) : apiPath('parameters', component, vhost, name);
}

/** @throws InputError */
function jsonIn(text: string, otherwise: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError('value', otherwise);
  }
}

function clearParameter(app: App, { name, vhost, component }: Parameter): void {
  const { texts } = app;
  const path = pathOf({ name, vhost, component });
  askToRemove(app, { title: texts.removeParameter(name), action: texts.clear, path });
}
