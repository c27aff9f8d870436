import { apiPath } from '../api/client.ts';
import { type App, useApp } from '../shell/app-context.ts';
import { parseTable } from '../view/form-values.ts';
import { Panel } from '../view/panel.tsx';

/** All that the broker has but messages: out as a file, and in again. */
export function DefinitionsPage() {
  const app = useApp();
  const { texts } = app;
  return (
    <>
      <h1>{texts.definitions}</h1>
      <Panel title={texts.exportDefinitions}>
        <p class="hint">{texts.exportHint}</p>
        <button type="button" onClick={() => exportDefinitions(app)}>
          {texts.exportDefinitions}
        </button>
      </Panel>
      <Panel title={texts.importDefinitions}>
        <p class="hint">{texts.importHint}</p>
        <button type="button" onClick={() => importDefinitions(app)}>
          {texts.importDefinitions}…
        </button>
      </Panel>
    </>
  );
}

/** Of the virtual host that lists are limited to, or of all. */
function pathFor({ vhost }: App): string {
  return vhost === undefined ? '/definitions' : apiPath('definitions', vhost);
}

async function exportDefinitions(app: App): Promise<void> {
  const definitions = await app.api.get<unknown>(pathFor(app));
  const content = new Blob([JSON.stringify(definitions, null, 2)], { type: 'application/json' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = `leveret-definitions-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function importDefinitions(app: App): void {
  const { texts, api, ask, notify, changed } = app;
  ask({
    title: texts.importDefinitions,
    note: texts.importHint,
    action: texts.importDefinitions,
    fields: [{ name: 'file', label: texts.file, kind: 'file', isRequired: true }],
    run: async (values) => {
      await api.post(pathFor(app), parseTable('file', await values.file('file')));
      notify(texts.imported);
      changed();
    },
  });
}
