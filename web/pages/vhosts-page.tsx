import type { VirtualHost } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import { type App, useApp } from '../shell/app-context.ts';
import { Chip } from '../view/features.tsx';
import { plainOptions } from '../view/form-field.tsx';
import { formatCount } from '../view/format.ts';
import { PagedTable } from '../view/paged-table.tsx';
import { buttonColumn } from '../view/row-buttons.tsx';
import { askToRemove } from './removal.ts';

const FIELDS = ['name', 'description', 'tags', 'default_queue_type', 'tracing', 'messages'];
const QUEUE_TYPES = ['classic', 'quorum'];

export function VhostsPage() {
  const app = useApp();
  const { texts, language } = app;
  return (
    <>
      <h1>{texts.virtualHosts}</h1>
      <PagedTable<VirtualHost>
        path="/vhosts"
        hasFilter
        rowKey={({ name }) => name}
        fields={FIELDS}
        columns={[
          {
            title: texts.name,
            sort: 'name',
            cell: ({ name, tracing }) => (
              <>
                {name} {tracing && <Chip text={texts.tracing} isMarked />}
              </>
            ),
          },
          { title: texts.description, cell: ({ description }) => description, isMinor: true },
          { title: texts.tags, cell: ({ tags }) => tags.join(', '), isMinor: true },
          {
            title: texts.messages,
            sort: 'messages',
            cell: ({ messages }) => formatCount(messages ?? 0, language),
            isNumber: true,
          },
          buttonColumn(
            { label: texts.change, run: (vhost) => putVhost(app, vhost) },
            { label: texts.remove, run: (vhost) => removeVhost(app, vhost) },
          ),
        ]}
        actions={
          <button type="button" onClick={() => putVhost(app, undefined)}>
            {texts.addVirtualHost}
          </button>
        }
      />
    </>
  );
}

function putVhost({ texts, api, ask, changed }: App, vhost: VirtualHost | undefined): void {
  ask({
    title: vhost?.name ?? texts.addVirtualHost,
    action: vhost === undefined ? texts.add : texts.save,
    fields: [
      ...(vhost === undefined ? [{ name: 'name', label: texts.name, isRequired: true }] : []),
      { name: 'description', label: texts.description, value: vhost?.description },
      { name: 'tags', label: texts.tags, value: vhost?.tags.join(', ') },
      {
        name: 'queueType',
        label: texts.defaultQueueType,
        kind: 'select',
        options: plainOptions(QUEUE_TYPES),
        value: vhost?.default_queue_type,
        hint: texts.defaultQueueTypeHint,
      },
      {
        name: 'tracing',
        label: texts.tracing,
        kind: 'check',
        value: vhost?.tracing ? 'yes' : '',
        hint: texts.tracingHint,
      },
    ],
    run: async (values) => {
      const body = {
        description: values.text('description'),
        tags: values.text('tags'),
        default_queue_type: values.text('queueType'),
        tracing: values.isSet('tracing'),
      };
      await api.put(apiPath('vhosts', vhost?.name ?? values.text('name')), body);
      changed();
    },
  });
}

function removeVhost(app: App, { name }: VirtualHost): void {
  askToRemove(app, { title: app.texts.removeVirtualHost(name), path: apiPath('vhosts', name) });
}
