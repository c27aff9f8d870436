import { useApp } from '../shell/app-context.ts';
import type { FlowEdge } from './flows.ts';

interface LegendProps {
  readonly edges: readonly FlowEdge[];
}

/** What dashed lines mean, where there are any. */
export function Legend({ edges }: LegendProps) {
  const { texts } = useApp();
  const kinds = new Set(edges.map(({ kind }) => kind));
  const entries = [
    { kind: 'alternate', text: texts.alternateExchange },
    { kind: 'dead-letter', text: texts.deadLetters },
  ] as const;
  const shown = entries.filter(({ kind }) => kinds.has(kind));
  if (shown.length === 0) return null;
  return (
    <ul class="legend">
      {shown.map(({ kind, text }) => (
        <li key={kind}>
          <svg class={`edge ${kind}`} width="32" height="8" aria-hidden="true">
            <path d="M0 4H32" />
          </svg>
          {text}
        </li>
      ))}
    </ul>
  );
}
