import type { Json } from '../storage/definitions/definition-line.ts';
import type { DefinitionsLog } from '../storage/definitions/definitions-log.ts';
import { noteChanges } from './note-changes.ts';

const KIND = 'global_parameter';

interface StoredParameter {
  readonly name: string;
  readonly value: Json;
}

/** Values by name that are kept for whoever runs the broker. What is noted is on disk once that was committed. */
export class GlobalParameters {
  private readonly log: DefinitionsLog | undefined;
  private readonly parameters = new Map<string, Json>();

  /**
   * Brings back those that are noted.
   *
   * @param log undefined: nothing survives a restart
   */
  constructor(log: DefinitionsLog | undefined) {
    this.log = log;
    for (const { value } of log?.definitions<StoredParameter>(KIND) ?? []) {
      const { name, value: given } = value;
      this.parameters.set(name, given);
    }
  }

  /** By name. */
  get values(): ReadonlyMap<string, Json> {
    return this.parameters;
  }

  /** @throws AmqpError if it can't be noted: then nothing has changed */
  set(name: string, value: Json): void {
    noteChanges(this.log, [['put', KIND, [name], { name, value }]]);
    this.parameters.set(name, value);
  }

  /** Returns whether there was one of the name. @throws AmqpError if it can't be noted: then nothing has changed */
  clear(name: string): boolean {
    if (!this.parameters.has(name)) return false;
    noteChanges(this.log, [['remove', KIND, [name]]]);
    return this.parameters.delete(name);
  }
}
