import type { Message } from '../api/answers.ts';
import { apiPath } from '../api/client.ts';
import type { App } from '../shell/app-context.ts';
import type { FieldSpec } from '../view/form-field.tsx';

const PERSISTENT = 2;
const TRANSIENT = 1;

/** Asks for a message and publishes it. @param routingKey undefined: it is asked for, too */
export function publishMessage(app: App, vhost: string, exchange: string, routingKey?: string): void {
  const { texts, api, ask, notify, changed } = app;
  const key: FieldSpec = { name: 'key', label: texts.routingKey };
  ask({
    title: texts.publishTo(routingKey ?? exchange),
    action: texts.publish,
    fields: [
      ...(routingKey === undefined ? [key] : []),
      { name: 'payload', label: texts.payload, kind: 'paragraph' },
      { name: 'persistent', label: texts.persistent, kind: 'check', value: 'yes' },
      { name: 'headers', label: texts.headers, kind: 'json', hint: texts.headersHint },
      { name: 'properties', label: texts.properties, kind: 'json', hint: texts.propertiesHint },
    ],
    run: async (values) => {
      const answer = await api.post<{ routed: boolean }>(apiPath('exchanges', vhost, exchange, 'publish'), {
        routing_key: routingKey ?? values.text('key'),
        payload: values.text('payload'),
        payload_encoding: 'string',
        properties: {
          delivery_mode: values.isSet('persistent') ? PERSISTENT : TRANSIENT,
          headers: values.table('headers'),
          ...values.table('properties'),
        },
      });
      notify(answer.routed ? texts.published : texts.unrouted);
      changed();
    },
  });
}

/** Asks how many messages are wanted, and gets them. */
export function getMessages(
  app: App,
  vhost: string,
  queue: string,
  onMessages: (messages: readonly Message[]) => void,
): void {
  const { texts, api, ask, notify, changed } = app;
  ask({
    title: texts.getMessages,
    action: texts.getMessages,
    fields: [
      { name: 'count', label: texts.count, kind: 'number', value: '10', isRequired: true },
      {
        name: 'mode',
        label: texts.getMode,
        kind: 'select',
        options: [
          { value: 'ack_requeue_true', label: texts.getRequeue },
          { value: 'ack_requeue_false', label: texts.getTake },
          { value: 'reject_requeue_false', label: texts.getReject },
        ],
      },
    ],
    run: async (values) => {
      const messages = await api.post<readonly Message[]>(apiPath('queues', vhost, queue, 'get'), {
        count: values.wholeNumber('count'),
        ackmode: values.text('mode'),
        encoding: 'auto',
        truncate: 50_000,
      });
      onMessages(messages);
      if (messages.length === 0) notify(texts.noMessages);
      changed();
    },
  });
}
