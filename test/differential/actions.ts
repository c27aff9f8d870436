import type { ConsumeStep, Line, PublishStep, SettleStep, Step } from './plan.ts';

/** A step as it is done on both sides: what it chooses among is chosen. */
export type Action =
  | Exclude<Step, PublishStep | ConsumeStep | SettleStep | { do: 'cancel' }>
  | (PublishStep & { readonly body: string })
  | (ConsumeStep & { readonly tag: string })
  | (Omit<SettleStep, 'which'> & { readonly label: string })
  | { readonly do: 'cancel'; readonly line: Line; readonly tag: string }
  | { readonly do: 'drain' };
