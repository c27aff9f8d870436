/** Something in a form that makes no sense: its field, and why. */
export class InputError extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** What was filled in, by the names of fields. */
export class FormValues {
  private readonly data: FormData;

  constructor(data: FormData) {
    this.data = data;
  }

  text(name: string): string {
    const value = this.data.get(name);
    return typeof value === 'string' ? value : '';
  }

  isSet(name: string): boolean {
    return this.data.has(name);
  }

  /** @throws InputError */
  wholeNumber(name: string): number {
    const value = Number(this.text(name));
    if (this.text(name).trim() === '' || !Number.isSafeInteger(value)) throw new InputError(name, 'not a whole number');
    return value;
  }

  /** Undefined: nothing was filled in. @throws InputError */
  optionalNumber(name: string): number | undefined {
    return this.text(name).trim() === '' ? undefined : this.wholeNumber(name);
  }

  /** A JSON object; nothing is an empty one. @throws InputError */
  table(name: string): Record<string, unknown> {
    return parseTable(name, this.text(name));
  }

  /** The text of a file that was chosen. @throws InputError */
  async file(name: string): Promise<string> {
    const value = this.data.get(name);
    if (!(value instanceof File) || value.size === 0) throw new InputError(name, 'no file');
    return value.text();
  }
}

/** @throws InputError */
export function parseTable(field: string, text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(field, (error as Error).message);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError(field, 'not a JSON object');
  return value as Record<string, unknown>;
}
