/** Says at once how far a long test is: node:test shows its diagnostics only when it has ended. */
export function reportProgress(text: string): void {
  process.stdout.write(`# ${text}\n`);
}
