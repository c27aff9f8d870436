import type { Texts } from '../text/english.ts';
import { type FieldSpec, plainOptions } from '../view/form-field.tsx';
import type { FormValues } from '../view/form-values.ts';

type Kind = 'number' | 'text' | 'check' | 'select';

/** An argument of queues, as the form asks for it. */
interface Argument {
  readonly name: string;
  readonly kind: Kind;
  readonly label?: keyof Texts;
  readonly options?: readonly (readonly [value: string, label: keyof Texts])[];
  readonly values?: readonly string[];
}

const ARGUMENTS: readonly Argument[] = [
  { name: 'x-message-ttl', kind: 'number', label: 'argumentTtl' },
  { name: 'x-expires', kind: 'number', label: 'argumentExpires' },
  { name: 'x-max-length', kind: 'number', label: 'argumentMaxLength' },
  { name: 'x-max-length-bytes', kind: 'number', label: 'argumentMaxBytes' },
  {
    name: 'x-overflow',
    kind: 'select',
    label: 'argumentOverflow',
    options: [
      ['', 'asItIs'],
      ['drop-head', 'overflowDropHead'],
      ['reject-publish', 'overflowReject'],
      ['reject-publish-dlx', 'overflowRejectDlx'],
    ],
  },
  { name: 'x-dead-letter-exchange', kind: 'text', label: 'argumentDlx' },
  { name: 'x-dead-letter-routing-key', kind: 'text', label: 'argumentDlk' },
  { name: 'x-max-priority', kind: 'number', label: 'argumentPriority' },
  { name: 'x-single-active-consumer', kind: 'check', label: 'argumentSac' },
  { name: 'x-delivery-limit', kind: 'number', label: 'argumentDeliveryLimit' },
  { name: 'x-consumer-timeout', kind: 'number', label: 'argumentConsumerTimeout' },
  { name: 'x-delayed-retry-type', kind: 'select', values: ['', 'all', 'failed', 'returned', 'disabled'] },
  { name: 'x-delayed-retry-min', kind: 'number' },
  { name: 'x-delayed-retry-max', kind: 'number' },
  { name: 'x-message-deduplication', kind: 'check', label: 'argumentDeduplication' },
  { name: 'x-deduplication-header', kind: 'text' },
];

/** A field for each argument that the broker knows. Those without a text go by their names. */
export function argumentFields(texts: Texts): FieldSpec[] {
  return ARGUMENTS.map(({ name, kind, label, options, values = [] }) => {
    const text = label === undefined ? name : (texts[label] as string);
    const choices = options?.map(([value, key]) => ({ value, label: texts[key] as string })) ?? plainOptions(values);
    return { name, label: text, kind, ...(label !== undefined && { hint: name }), options: choices };
  });
}

/** What was filled in of them. @throws InputError */
export function argumentsIn(values: FormValues): Record<string, unknown> {
  const given = ARGUMENTS.map(({ name, kind }) => [name, argumentIn(values, name, kind)] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function argumentIn(values: FormValues, name: string, kind: Kind): unknown {
  if (kind === 'check') return values.isSet(name) || undefined;
  if (kind === 'number') return values.optionalNumber(name);
  return values.text(name) || undefined;
}
