/** Names that queues and exchanges can have, each from a prefix that nothing else has. */
export const UNUSUAL_NAMES: readonly (readonly [what: string, name: (prefix: string) => string])[] = [
  ['of 255 octets', (prefix) => prefix.padEnd(255, 'x')],
  ['beyond ASCII', (prefix) => `${prefix} ünï ☃`],
  ['with blanks and quotes', (prefix) => `${prefix} it's "that"`],
];
