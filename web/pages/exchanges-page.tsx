import type { Exchange, Overview } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import { type App, useApp } from '../shell/app-context.ts';
import { routeTo } from '../shell/route.ts';
import type { Column } from '../view/data-table.tsx';
import { Features } from '../view/features.tsx';
import { plainOptions } from '../view/form-field.tsx';
import { PagedTable } from '../view/paged-table.tsx';
import { vhostField } from './vhost-field.ts';

const FIELDS = ['name', 'vhost', 'type', 'durable', 'auto_delete', 'internal', 'policy'];

/** What the default exchange goes by in addresses. */
export const DEFAULT_EXCHANGE = 'amq.default';

export function ExchangesPage() {
  const app = useApp();
  const { texts, vhost } = app;
  return (
    <>
      <h1>{texts.exchanges}</h1>
      <PagedTable<Exchange>
        key={vhost}
        path={vhost === undefined ? '/exchanges' : apiPath('exchanges', vhost)}
        columns={columnsFor(app)}
        rowKey={(exchange) => `${exchange.vhost}\n${exchange.name}`}
        fields={FIELDS}
        hasFilter
        actions={
          <button type="button" onClick={() => addExchange(app)}>
            {texts.addExchange}
          </button>
        }
      />
    </>
  );
}

function columnsFor({ texts, vhosts }: App): Column<Exchange>[] {
  return [
    {
      title: texts.name,
      sort: 'name',
      cell: ({ vhost, name }) => (
        <a href={routeTo('exchanges', vhost, name || DEFAULT_EXCHANGE)}>{name || texts.defaultExchange}</a>
      ),
    },
    ...(vhosts.length > 1
      ? [{ title: texts.virtualHost, sort: 'vhost', cell: ({ vhost }: Exchange) => vhost, isMinor: true }]
      : []),
    { title: texts.type, sort: 'type', cell: ({ type }) => type, isShort: true },
    { title: texts.features, cell: (exchange) => <Features of={exchange} />, isMinor: true, isShort: true },
  ];
}

/** The types are the server's to know. */
async function addExchange(app: App): Promise<void> {
  const { texts, api, ask, changed } = app;
  const { exchange_types: types } = await api.get<Overview>('/overview');
  const options = plainOptions(types.map(({ name }) => name));
  ask({
    title: texts.addExchange,
    action: texts.add,
    fields: [
      ...vhostField(app),
      { name: 'name', label: texts.name, isRequired: true },
      { name: 'type', label: texts.type, kind: 'select', options, value: 'direct' },
      { name: 'durable', label: texts.durable, kind: 'check', value: 'yes', hint: texts.durableHint },
      { name: 'autoDelete', label: texts.autoDelete, kind: 'check', hint: texts.autoDeleteHint },
      { name: 'internal', label: texts.internal, kind: 'check' },
      { name: 'alternate', label: texts.argumentAlternate, hint: 'alternate-exchange' },
      { name: 'arguments', label: texts.arguments, kind: 'json', hint: texts.headersHint },
    ],
    run: async (values) => {
      const name = values.text('alternate');
      const alternate = name === '' ? {} : { 'alternate-exchange': name };
      await api.put(apiPath('exchanges', values.text('vhost'), values.text('name')), {
        type: values.text('type'),
        durable: values.isSet('durable'),
        auto_delete: values.isSet('autoDelete'),
        internal: values.isSet('internal'),
        arguments: { ...alternate, ...values.table('arguments') },
      });
      changed();
    },
  });
}
