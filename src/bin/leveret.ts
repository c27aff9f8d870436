#!/usr/bin/env node
// The clock starts before anything is loaded, so that the time to start is honest.
const beganMs = performance.now();
const { letHeapGrow } = await import('./heap.ts');
letHeapGrow(); // before what is loaded makes the engine mark it
const { main } = await import('./main.ts');
await main(process.argv.slice(2), beganMs);
