/** Every number of a kind was given in the data directory's life. None is given twice, since old files may still name it. */
export class NumbersUsedUpError extends Error {
  /** @param what has the numbers, in the plural */
  constructor(what: string) {
    super(`all numbers for ${what} are used up: start with a new data directory`);
    this.name = 'NumbersUsedUpError';
  }
}
