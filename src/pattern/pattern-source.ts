/** The text of a regular expression, and how far it has been read. Each character is an octet. */
export class PatternSource {
  private readonly text: string;
  private position = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** The next character; '' at the end. */
  get next(): string {
    return this.text[this.position] ?? '';
  }

  /** Reads the next character; '' at the end. */
  read(): string {
    return this.text[this.position++] ?? '';
  }

  /** Goes one character back. */
  unread(): void {
    this.position--;
  }

  /** Reads all that is left. */
  rest(): string {
    const rest = this.text.slice(this.position);
    this.position = this.text.length;
    return rest;
  }

  /** Whether the text goes on so. */
  isAt(text: string): boolean {
    return this.text.startsWith(text, this.position);
  }

  /** Reads the text, if it goes on so; returns whether it does. */
  skip(text: string): boolean {
    if (!this.isAt(text)) return false;
    this.position += text.length;
    return true;
  }

  /** Whether the expression, which is sticky, matches here. */
  goesOn(expression: RegExp): boolean {
    expression.lastIndex = this.position;
    return expression.test(this.text);
  }

  /** Reads what the expression, which is sticky, matches here; undefined, and reads nothing, where it does not match. */
  take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.position;
    const match = expression.exec(this.text);
    if (match === null) return undefined;
    this.position += match[0].length;
    return match;
  }

  /** Reads up to the text and beyond it; returns what stands before it. Without it, undefined. */
  takeUntil(end: string): string | undefined {
    const endsAt = this.text.indexOf(end, this.position);
    if (endsAt < 0) return undefined;
    const taken = this.text.slice(this.position, endsAt);
    this.position = endsAt + end.length;
    return taken;
  }
}
