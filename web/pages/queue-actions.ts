import type { Page, Queue, Relocation } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import type { App } from '../shell/app-context.ts';
import type { FieldSpec } from '../view/form-field.tsx';
import type { FormValues } from '../view/form-values.ts';
import { formatCount } from '../view/format.ts';
import { askToRemove } from './removal.ts';

const MAX_SUGGESTIONS = 500;

/** Messages that were chosen, by their tickets; undefined: all. */
export type Selection = readonly string[] | undefined;

export function pauseQueue({ texts, api, ask, changed }: App, { vhost, name }: Queue): void {
  ask({
    title: texts.pauseQueue(name),
    note: texts.pauseHint,
    action: texts.pause,
    run: async () => {
      await api.put(apiPath('queues', vhost, name, 'pause'), {});
      changed();
    },
  });
}

export async function resumeQueue({ texts, api, notify, changed }: App, { vhost, name }: Queue): Promise<void> {
  await api.put(apiPath('queues', vhost, name, 'resume'), {});
  notify(texts.done);
  changed();
}

/** @param onDone is called when messages have moved */
export async function moveMessages(app: App, queue: Queue, selection: Selection, onDone: () => void): Promise<void> {
  const { texts, api, ask, language } = app;
  const list = `${apiPath('queues', queue.vhost)}?columns=name&page=1&page_size=${MAX_SUGGESTIONS}`;
  const { items } = await api.get<Page<Queue>>(list);
  const names = items.map(({ name }) => name).filter((name) => name !== queue.name);
  ask({
    title:
      selection === undefined ? texts.moveAll(queue.name) : texts.moveSelected(formatCount(selection.length, language)),
    note: texts.moveHint,
    action: texts.move,
    fields: [
      { name: 'destination', label: texts.targetQueue, isRequired: true, suggestions: names },
      ...whichFields(app, selection),
    ],
    run: async (values) => {
      const body = { destination: values.text('destination'), ...whichIn(values, selection) };
      report(app, await api.post<Relocation>(apiPath('queues', queue.vhost, queue.name, 'move'), body));
      onDone();
    },
  });
}

/** @param onDone is called when messages have moved */
export function replayDeadLetters(app: App, { vhost, name }: Queue, selection: Selection, onDone: () => void): void {
  const { texts, api, ask, language } = app;
  const options = [
    { value: 'queue', label: texts.replayToQueue },
    { value: 'exchange', label: texts.replayToExchange },
  ];
  ask({
    title:
      selection === undefined ? texts.replayAll(name) : texts.replaySelected(formatCount(selection.length, language)),
    note: texts.replayHint,
    action: texts.replayLetters,
    fields: [{ name: 'to', label: texts.replayTo, kind: 'select', options }, ...whichFields(app, selection)],
    run: async (values) => {
      const body = { to: values.text('to'), ...whichIn(values, selection) };
      report(app, await api.post<Relocation>(apiPath('queues', vhost, name, 'replay'), body));
      onDone();
    },
  });
}

/** For those who have not chosen any. */
function whichFields({ texts }: App, selection: Selection): FieldSpec[] {
  if (selection !== undefined) return [];
  return [
    { name: 'limit', label: texts.atMost, kind: 'number', hint: texts.atMostHint },
    { name: 'key', label: texts.onlyKey, hint: texts.onlyKeyHint },
  ];
}

/** @throws InputError */
function whichIn(values: FormValues, selection: Selection): object {
  if (selection !== undefined) return { selection };
  const limit = values.optionalNumber('limit');
  const key = values.text('key');
  return { ...(limit !== undefined && { limit }), ...(key !== '' && { filter: { routing_key: key } }) };
}

function report({ texts, language, notify, changed }: App, { moved, stayed, error }: Relocation): void {
  const [movedText, stayedText] = [formatCount(moved, language), formatCount(stayed, language)];
  if (error !== null) notify(texts.movedBut(movedText, error));
  else notify(stayed === 0 ? texts.movedCount(movedText) : texts.movedAndStayed(movedText, stayedText));
  changed();
}

export function purgeQueue({ texts, api, ask, notify, changed, language }: App, queue: Queue): void {
  ask({
    title: texts.purgeQueue(queue.name),
    note: texts.purgeHint(formatCount(queue.messages_ready, language)),
    action: texts.purge,
    isDangerous: true,
    run: async () => {
      await api.delete(apiPath('queues', queue.vhost, queue.name, 'contents'));
      notify(texts.done);
      changed();
    },
  });
}

export function removeQueue(app: App, { vhost, name }: Queue): void {
  askToRemove(app, { title: app.texts.removeQueue(name), path: apiPath('queues', vhost, name), leadsTo: 'queues' });
}
