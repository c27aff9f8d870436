import type { Json } from '../../storage/definitions/definition-line.ts';

/** What a policy says, by key: `{ "max-length": 5 }`. */
export type PolicyDefinition = { readonly [key: string]: Json };
