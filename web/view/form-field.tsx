/** A field of a form. */
export interface FieldSpec {
  readonly name: string;
  readonly label: string;
  readonly kind?: 'text' | 'password' | 'number' | 'check' | 'select' | 'json' | 'paragraph' | 'file';
  /** What is in it at first; of a check: anything for yes. */
  readonly value?: string | undefined;
  readonly hint?: string;
  readonly isRequired?: boolean;
  /** What is proposed for a text. */
  readonly suggestions?: readonly string[];
  /** What there is to choose from. */
  readonly options?: readonly Option[];
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

/** Options that say what they are. */
export function plainOptions(values: readonly string[]): Option[] {
  return values.map((value) => ({ value, label: value }));
}

export function FormField({ field }: { readonly field: FieldSpec }) {
  const { label, hint, kind } = field;
  if (kind === 'check') {
    return (
      // biome-ignore lint/a11y/noLabelWithoutControl: Control has it.
      <label class="field check">
        <Control field={field} />
        <span>{label}</span>
        {hint !== undefined && <small>{hint}</small>}
      </label>
    );
  }
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: Control has it.
    <label class="field">
      <span>{label}</span>
      <Control field={field} />
      {hint !== undefined && <small>{hint}</small>}
    </label>
  );
}

function Control({ field }: { readonly field: FieldSpec }) {
  const { kind = 'text', name, value = '', isRequired = false, options = [], suggestions = [] } = field;
  const list = suggestions.length > 0 ? `suggested-${name}` : undefined;
  switch (kind) {
    case 'select':
      return (
        <select name={name}>
          {options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === value}>
              {option.label}
            </option>
          ))}
        </select>
      );
    case 'json':
    case 'paragraph':
      return (
        <textarea name={name} rows={3} class={kind} spellcheck={false} defaultValue={value} required={isRequired} />
      );
    case 'file':
      return <input type="file" name={name} accept=".json,application/json" required={isRequired} />;
    case 'check':
      return <input type="checkbox" name={name} defaultChecked={value !== ''} />;
    case 'number':
      return <input type="number" name={name} defaultValue={value} required={isRequired} />;
    case 'password':
      return <input type="password" name={name} autocomplete="new-password" />;
    case 'text':
      return (
        <>
          <input
            name={name}
            list={list}
            defaultValue={value}
            required={isRequired}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
          />
          {list !== undefined && (
            <datalist id={list}>
              {suggestions.map((suggestion) => (
                <option key={suggestion} value={suggestion} />
              ))}
            </datalist>
          )}
        </>
      );
  }
}
