import type { ComponentChildren } from 'preact';
import type { Table } from '../api/answers.ts';
import { formatValue } from './format.ts';

export type Fact = readonly [label: string, value: ComponentChildren];

/** What is known of something, one under the other. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Arguments, settings and the like. */
export function TableValue({ table }: { readonly table: Table | undefined }) {
  const entries = Object.entries(table ?? {});
  if (entries.length === 0) return <>–</>;
  return (
    <ul class="values">
      {entries.map(([name, value]) => (
        <li key={name}>
          <code>
            {name}: {formatValue(value)}
          </code>
        </li>
      ))}
    </ul>
  );
}
