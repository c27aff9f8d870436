/** A place in a pattern that is being read. */
export class Scanner {
  at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get end(): number {
    return this.text.length;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** The next character, '' at the end. */
  peek(): string {
    return this.text.charAt(this.at);
  }

  next(): string {
    return this.text.charAt(this.at++);
  }

  /** The next characters, fewer at the end. */
  rest(length: number): string {
    return this.text.slice(this.at, this.at + length);
  }

  sees(token: string): boolean {
    return this.text.startsWith(token, this.at);
  }

  /** Goes on behind the token if it is what comes next; says whether it was. */
  take(token: string): boolean {
    if (!this.sees(token)) return false;
    this.at += token.length;
    return true;
  }

  /** Goes on behind what a sticky expression matches here, if it does. */
  takeMatch(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.at;
    const match = expression.exec(this.text);
    if (match === null || match[0] === '') return match ?? undefined;
    this.at += match[0].length;
    return match;
  }
}
