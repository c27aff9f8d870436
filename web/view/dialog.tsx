import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import type { Texts } from '../text/english.ts';
import { type FieldSpec, FormField } from './form-field.tsx';
import { FormValues, InputError } from './form-values.ts';

/** A question with fields to fill in, or with none. */
export interface DialogSpec {
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly fields?: readonly FieldSpec[];
  /** Fields that few need: they are shown when they are asked for. */
  readonly more?: { readonly title: string; readonly fields: readonly FieldSpec[] };
  /** What the button that does it says. */
  readonly action: string;
  /** Whether something is lost by it. */
  readonly isDangerous?: boolean;
  /** Does it. What it throws is shown, and the dialog stays open. */
  run(values: FormValues): Promise<void>;
}

interface DialogProps {
  readonly spec: DialogSpec;
  readonly texts: Texts;
  readonly onClose: () => void;
}

export function Dialog({ spec, texts, onClose }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  // Before the browser paints: nobody meets a dialog that is there and not open yet.
  useLayoutEffect(() => element.current?.showModal(), []);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await spec.run(new FormValues(new FormData(event.target as HTMLFormElement)));
      element.current?.close(); // so that the focus returns to what opened it
    } catch (caught) {
      setError(messageOf(caught, spec));
      setBusy(false);
    }
  };
  return (
    <dialog ref={element} onClose={onClose} aria-labelledby="dialog-title">
      <form onSubmit={submit}>
        <h2 id="dialog-title">{spec.title}</h2>
        {spec.note !== undefined && <p class="hint">{spec.note}</p>}
        {spec.fields?.map((field) => (
          <FormField key={field.name} field={field} />
        ))}
        {spec.more !== undefined && (
          <details>
            <summary>{spec.more.title}</summary>
            {spec.more.fields.map((field) => (
              <FormField key={field.name} field={field} />
            ))}
          </details>
        )}
        {error !== undefined && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        <div class="buttons end">
          <button type="button" onClick={() => element.current?.close()}>
            {texts.cancel}
          </button>
          <button type="submit" class={spec.isDangerous ? 'danger' : 'primary'} disabled={isBusy}>
            {spec.action}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function messageOf(error: unknown, { fields = [], more }: DialogSpec): string {
  if (error instanceof ApiError) return error.message;
  if (!(error instanceof InputError)) throw error;
  const all = [...fields, ...(more?.fields ?? [])];
  const label = all.find(({ name }) => name === error.field)?.label ?? error.field;
  return `${label}: ${error.message}`;
}
