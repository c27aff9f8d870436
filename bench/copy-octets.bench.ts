import { Bench } from 'tinybench';
import { report } from './report.ts';

// Why messages travel through one arena: what it costs to copy a few octets in Node, by length and by means.

const source = Buffer.alloc(128 * 1024, 7);
const arena = Buffer.alloc(4 * 1024 * 1024, 7);

for (const length of [8, 16, 64, 256, 1024, 16 * 1024]) {
  const bench = new Bench({ name: `copy ${length} octets`, time: 200 });
  const template = Buffer.from(source.subarray(0, length));
  bench.add('loop', () => {
    for (let i = 0; i < length; i++) arena[1000 + i] = source[3 + i]!;
  });
  bench.add('copyWithin, in one buffer', () => {
    arena.copyWithin(70_000, 3, 3 + length);
  });
  bench.add('copy, between two', () => {
    source.copy(arena, 1000, 3, 3 + length);
  });
  bench.add('set a view', () => {
    arena.set(source.subarray(3, 3 + length), 1000);
  });
  bench.add('set all of a buffer', () => {
    arena.set(template, 1000);
  });
  await bench.run();
  report(bench);
}
