import type { Binding } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import type { App } from '../shell/app-context.ts';
import type { FieldSpec } from '../view/form-field.tsx';
import { askToRemove } from './removal.ts';

/** The end of a binding that is known already. */
export interface KnownEnd {
  readonly kind: 'queue' | 'exchange';
  readonly name: string;
}

/** Asks for a binding that leads to a queue or exchange, and adds it. */
export function addBinding(app: App, vhost: string, destination: KnownEnd): void {
  const { texts } = app;
  askForBinding(app, vhost, [{ name: 'source', label: texts.source, isRequired: true }], { destination });
}

/** Asks for a binding that begins at an exchange, and adds it. */
export function addBindingFrom(app: App, vhost: string, source: string): void {
  const { texts } = app;
  const options = [
    { value: 'queue', label: texts.queue },
    { value: 'exchange', label: texts.exchange },
  ];
  const fields: FieldSpec[] = [
    { name: 'kind', label: texts.destinationType, kind: 'select', options },
    { name: 'destination', label: texts.destination, isRequired: true },
  ];
  askForBinding(app, vhost, fields, { source });
}

interface KnownEnds {
  readonly source?: string;
  readonly destination?: KnownEnd;
}

function askForBinding(
  { texts, api, ask, changed }: App,
  vhost: string,
  ends: readonly FieldSpec[],
  { source, destination }: KnownEnds,
): void {
  ask({
    title: texts.addBinding,
    action: texts.add,
    fields: [
      ...ends,
      { name: 'key', label: texts.routingKey },
      { name: 'arguments', label: texts.arguments, kind: 'json', hint: texts.headersHint },
    ],
    run: async (values) => {
      const from = source ?? values.text('source');
      const kind = destination?.kind ?? values.text('kind');
      const to = destination?.name ?? values.text('destination');
      const path = apiPath('bindings', vhost, 'e', from, letterOf(kind), to);
      await api.post(path, { routing_key: values.text('key'), arguments: values.table('arguments') });
      changed();
    },
  });
}

export function removeBinding(app: App, binding: Binding): void {
  const { vhost, source, destination, destination_type: kind, properties_key: key } = binding;
  const note = `${source} → ${destination} ${binding.routing_key}`;
  const path = apiPath('bindings', vhost, 'e', source, letterOf(kind), destination, key);
  askToRemove(app, { title: app.texts.removeBinding, note, path });
}

/** How addresses say what a binding leads to. */
function letterOf(kind: string): string {
  return kind === 'queue' ? 'q' : 'e';
}
