import type { ComponentChildren } from 'preact';
import { useApp } from '../shell/app-context.ts';

interface PanelProps {
  readonly title: string;
  readonly actions?: ComponentChildren;
  /** Undefined: it stays. */
  readonly onClose?: () => void;
  readonly children: ComponentChildren;
}

/** A part of a page, with a head. */
export function Panel({ title, actions, onClose, children }: PanelProps) {
  const { texts } = useApp();
  return (
    <section class="panel">
      <header>
        <h2>{title}</h2>
        {actions !== undefined && <span class="buttons end">{actions}</span>}
        {onClose !== undefined && (
          <span class="buttons end">
            <button type="button" onClick={onClose}>
              {texts.close}
            </button>
          </span>
        )}
      </header>
      {children}
    </section>
  );
}
