import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { before, describe, test } from 'node:test';
import { LogImage, type LogWriter } from './log-image.test.helper.ts';

/** Segments of the log and of survivors, with acknowledgements and bodies beside them. */
async function everything(writer: LogWriter): Promise<void> {
  for (let i = 0; i < 300; i++) writer.publish(1000, [1]);
  await writer.settle();
  for (let i = 0; i < 300; i++) if (i % 25 !== 0) writer.acknowledge(i, 1);
  await writer.settle();
  for (let i = 0; i < 100; i++) writer.publish(i % 20 === 0 ? 20_000 : 1000, [1, 2]);
  for (let i = 300; i < 400; i += 3) writer.acknowledge(i, 1);
  await writer.settle();
}

describe('a file that the disk does not give back at the start', () => {
  let image: LogImage;
  before(async () => {
    image = await LogImage.of(everything);
  });

  for (const ending of ['.log', '.moved', '.acks', '.body']) {
    test(`is named, and everything else is there: ${ending}`, () => {
      const names = image.files(ending);
      assert.ok(names.length > 0);
      for (const name of names) {
        const disk = image.copy();
        disk.faults.plan({ on: 'read', code: 'EIO', path: new RegExp(`${name}$`) });
        const found = image.open(disk);
        assert.ok(
          found.damages.some(({ file, reason }) => basename(file) === name || /body is missing/.test(reason)),
          `${name} is not named`,
        );
        const most = ending === '.acks' ? 0 : ending === '.body' ? 2 : 150;
        assert.ok(found.missing.length <= most, `${found.missing.length} are missing with ${name}`);
        assert.ok(disk.exists(`/messages/${name}`), 'it stays where it is');
      }
    });
  }

  test('gives its messages back when it can be read again, and their orders were not given to others', async () => {
    for (const name of image.files('.log')) {
      const disk = image.copy();
      disk.faults.plan({ on: 'read', code: 'EIO', path: new RegExp(`${name}$`) });
      const found = image.open(disk);
      await found.log.close();
      disk.faults.clear();
      assert.deepEqual(image.open(disk).missing, []);
    }
  });
});
