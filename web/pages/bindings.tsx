import type { Binding } from '../api/answers.ts';
import { type App, useApp } from '../shell/app-context.ts';
import { routeTo } from '../shell/route.ts';
import type { Column } from '../view/data-table.tsx';
import { TableValue } from '../view/facts.tsx';
import { PagedTable } from '../view/paged-table.tsx';
import { removeBinding } from './binding-actions.ts';

interface BindingsProps {
  readonly path: string;
  /** The end that is the same for all. */
  readonly hides: 'source' | 'destination';
}

export function Bindings({ path, hides }: BindingsProps) {
  const app = useApp();
  return (
    <PagedTable<Binding>
      path={path}
      columns={columnsFor(app, hides)}
      rowKey={(binding) =>
        JSON.stringify([binding.source, binding.destination_type, binding.destination, binding.properties_key])
      }
    />
  );
}

function columnsFor(app: App, hides: BindingsProps['hides']): Column<Binding>[] {
  const { texts } = app;
  const source: Column<Binding> = {
    title: texts.source,
    sort: 'source',
    cell: ({ vhost, source }) => (
      <a href={routeTo('exchanges', vhost, source || 'amq.default')}>{source || texts.defaultExchange}</a>
    ),
  };
  const destination: Column<Binding> = {
    title: texts.destination,
    sort: 'destination',
    cell: ({ vhost, destination, destination_type: kind }) => (
      <>
        <a href={routeTo(kind === 'queue' ? 'queues' : 'exchanges', vhost, destination)}>{destination}</a>{' '}
        <small>{texts[kind]}</small>
      </>
    ),
  };
  return [
    hides === 'source' ? destination : source,
    { title: texts.routingKey, sort: 'routing_key', cell: (binding) => <code>{binding.routing_key}</code> },
    { title: texts.arguments, cell: (binding) => <TableValue table={binding.arguments} /> },
    {
      title: '',
      isNumber: true,
      cell: (binding) =>
        binding.source !== '' && (
          <button type="button" class="quiet" onClick={() => removeBinding(app, binding)}>
            {texts.remove}
          </button>
        ),
    },
  ];
}
