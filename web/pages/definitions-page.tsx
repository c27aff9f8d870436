import { useState } from 'preact/hooks';
import { apiPath } from '../api/client.ts';
import { type App, useApp } from '../shell/app-context.ts';
import { parseTable } from '../view/form-values.ts';
import { Panel } from '../view/panel.tsx';

/** All that the broker or a virtual host has but messages: out as a file, and in again. */
export function DefinitionsPage() {
  const app = useApp();
  const { texts, vhosts } = app;
  const [vhost, setVhost] = useState<string | undefined>(app.vhost);
  return (
    <>
      <h1>{texts.definitions}</h1>
      <label class="choice">
        <span>{texts.exportWhat}</span>
        <select value={vhost ?? ''} onChange={(event) => setVhost(event.currentTarget.value || undefined)}>
          <option value="">{texts.allOfIt}</option>
          {vhosts.map((name) => (
            <option key={name} value={name}>
              {texts.virtualHost} {name}
            </option>
          ))}
        </select>
      </label>
      <Panel title={texts.exportDefinitions}>
        <p class="hint">{texts.exportHint}</p>
        <button type="button" onClick={() => exportDefinitions(app, vhost)}>
          {texts.exportDefinitions}
        </button>
      </Panel>
      <Panel title={texts.importDefinitions}>
        <p class="hint">{vhost === undefined ? texts.importHint : texts.importIntoVhostHint}</p>
        <button type="button" onClick={() => importDefinitions(app, vhost)}>
          {texts.importDefinitions}…
        </button>
      </Panel>
    </>
  );
}

function pathFor(vhost: string | undefined): string {
  return vhost === undefined ? '/definitions' : apiPath('definitions', vhost);
}

async function exportDefinitions({ api }: App, vhost: string | undefined): Promise<void> {
  const definitions = await api.get<unknown>(pathFor(vhost));
  const content = new Blob([JSON.stringify(definitions, null, 2)], { type: 'application/json' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = `leveret-definitions-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function importDefinitions({ texts, api, ask, notify, changed }: App, vhost: string | undefined): void {
  ask({
    title: vhost === undefined ? texts.importDefinitions : `${texts.importInto} ${vhost}`,
    note: vhost === undefined ? texts.importHint : texts.importIntoVhostHint,
    action: texts.importDefinitions,
    fields: [{ name: 'file', label: texts.file, kind: 'file', isRequired: true }],
    run: async (values) => {
      await api.post(pathFor(vhost), parseTable('file', await values.file('file')));
      notify(texts.imported);
      changed();
    },
  });
}
