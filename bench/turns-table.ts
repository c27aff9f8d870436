import type { MeteredBroker } from '../test/support/turns/metered-broker.ts';

/** Prints a line for each step: how long it took, and how long the broker's event loop was busy without a break. */
export class TurnsTable {
  private readonly broker: MeteredBroker;

  constructor(broker: MeteredBroker, title: string) {
    this.broker = broker;
    console.log(`\n${title}: milliseconds of processor time`);
    console.log('  longest turn   collection left out   longest collection   over 20   wall time');
  }

  async step(name: string, act: () => Promise<unknown>): Promise<void> {
    await this.broker.turns();
    const startMs = performance.now();
    await act();
    const tookMs = performance.now() - startMs;
    const { longest, longestOfOurs, longestCollection, tooLongCount } = await this.broker.turns();
    const columns = [
      longest.toFixed(1).padStart(14),
      longestOfOurs.toFixed(1).padStart(21),
      longestCollection.toFixed(1).padStart(20),
      String(tooLongCount).padStart(9),
      tookMs.toFixed(0).padStart(11),
    ];
    console.log(`${columns.join('')}   ${name}`);
  }
}
