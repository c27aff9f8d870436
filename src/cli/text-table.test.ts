import assert from 'node:assert/strict';
import { test } from 'node:test';
import { humanCount, humanOctets, textTable } from './text-table.ts';

test('cells stand in line, numbers to the right, and nothing trails', () => {
  const columns = [{ title: 'name' }, { title: 'size', side: 'right' }, { title: 'note' }] as const;
  const rows = [
    ['a', '12', ''],
    ['longer', '1234567', 'x'],
  ];
  assert.deepEqual(
    textTable(columns, rows, (title) => `*${title}*`),
    [
      '*name       size  note*', //
      'a            12',
      'longer  1234567  x',
    ],
  );
});

test('what is too wide is cut where it is widest, and numbers are not', () => {
  const columns = [{ title: 'name' }, { title: 'key' }, { title: 'size', side: 'right' }] as const;
  const rows = [
    ['n'.repeat(30), 'k'.repeat(20), '1234567890'],
    ['队列', 'k', '1'],
  ];
  const plain = (title: string) => title;
  assert.deepEqual(textTable(columns, rows, plain, 40), [
    'name           key                  size',
    'nnnnnnnnnnnn…  kkkkkkkkkkkk…  1234567890',
    '队列           k                       1',
  ]);
  assert.deepEqual(textTable(columns, rows, plain, 5)[1], 'nnnnnnn…  kkkkkkk…  1234567890');
});

test('octets are told in the unit that fits', () => {
  const said = [0, 1023, 1024, 1536, 1024 * 1024 - 1, 16 * 1024 * 1024, 5 * 1024 ** 4, 5000 * 1024 ** 4];
  assert.deepEqual(said.map(humanOctets), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 KiB',
    '1.0 MiB',
    '16.0 MiB',
    '5.0 TiB',
    '5000.0 TiB',
  ]);
});

test('counts have thousands', () => {
  assert.deepEqual([0, 999, 1234567].map(humanCount), ['0', '999', '1,234,567']);
});
