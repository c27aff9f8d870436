import type { ComponentChildren } from 'preact';

interface PanelProps {
  readonly title: string;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A part of a page, with a head. */
export function Panel({ title, actions, children }: PanelProps) {
  return (
    <section class="panel">
      <header>
        <h2>{title}</h2>
        {actions !== undefined && <span class="buttons end">{actions}</span>}
      </header>
      {children}
    </section>
  );
}
