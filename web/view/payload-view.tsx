import { useState } from 'preact/hooks';
import type { Payload } from '../api/answers.ts';
import { useApp } from '../shell/app-context.ts';
import { formatOctets } from './format.ts';
import { formsFor, octetsOf, type PayloadForm, shownAs } from './payload-forms.ts';

/** A body in the form that the reader chooses. */
export function PayloadView({ payload }: { readonly payload: Payload }) {
  const { texts } = useApp();
  const forms = formsFor(payload);
  const [chosen, setChosen] = useState<PayloadForm>();
  const form = chosen !== undefined && forms.includes(chosen) ? chosen : forms[0]!;
  const names: Readonly<Record<PayloadForm, string>> = { text: texts.asText, json: texts.asJson, hex: texts.asHex };
  if (payload.payload_bytes === 0) return <p class="hint">{texts.noBody}</p>;
  const shownOctets = octetsOf(payload).length;
  return (
    <div class="payload">
      <div class="forms">
        {forms.map((each) => (
          <button key={each} type="button" class="quiet" aria-pressed={each === form} onClick={() => setChosen(each)}>
            {names[each]}
          </button>
        ))}
        {shownOctets < payload.payload_bytes && (
          <small>{texts.cutAt(formatOctets(shownOctets), formatOctets(payload.payload_bytes))}</small>
        )}
      </div>
      <pre class={form}>{shownAs(payload, form)}</pre>
    </div>
  );
}
