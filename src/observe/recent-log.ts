/** So many lines are kept, and so many characters in all. */
const LINE_LIMIT = 1000;
const CHARACTER_LIMIT = 1024 * 1024;
/** A line that is longer is left out of it, as an error's stack may be. */
const LONGEST_LINE = 16 * 1024;

/** An event as it was logged: pino's fields, as JSON. */
export interface LoggedLine {
  /** Grows by one with each line. */
  readonly number: number;
  readonly json: string;
}

/** The last lines of the log, for those who look at it through the management API. */
export class RecentLog {
  private readonly lines: LoggedLine[] = [];
  private characters = 0;
  private nextNumber = 0;

  /** @param json one event */
  write(json: string): void {
    const number = this.nextNumber++;
    if (json.length > LONGEST_LINE) return;
    this.lines.push({ number, json });
    this.characters += json.length;
    while (this.lines.length > LINE_LIMIT || this.characters > CHARACTER_LIMIT) {
      this.characters -= this.lines.shift()!.json.length;
    }
  }

  /** The number that the next line gets. */
  get end(): number {
    return this.nextNumber;
  }

  /** The lines from this number on, as far as they are kept; the oldest first. */
  since(number: number): readonly LoggedLine[] {
    return number === this.nextNumber ? [] : this.lines.filter((line) => line.number >= number);
  }
}
