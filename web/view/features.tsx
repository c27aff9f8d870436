import { useApp } from '../shell/app-context.ts';

interface FeaturesProps {
  readonly of: {
    readonly durable: boolean;
    readonly auto_delete: boolean;
    readonly exclusive?: boolean;
    readonly internal?: boolean;
    readonly policy?: string | null;
  };
}

/** What a queue or exchange is besides its type, in few letters. */
export function Features({ of: { durable, auto_delete: autoDelete, exclusive, internal, policy } }: FeaturesProps) {
  const { texts } = useApp();
  return (
    <span class="chips">
      <Chip text={durable ? texts.durable : texts.transient} />
      {autoDelete && <Chip text={texts.autoDelete} />}
      {exclusive && <Chip text={texts.exclusive} />}
      {internal && <Chip text={texts.internal} />}
      {policy && <Chip text={policy} isMarked />}
    </span>
  );
}

export function Chip({ text, isMarked = false }: { readonly text: string; readonly isMarked?: boolean }) {
  return <span class={isMarked ? 'chip marked' : 'chip'}>{text}</span>;
}
