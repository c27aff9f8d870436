import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_HASHING_ALGORITHM, hashPassword } from './password.ts';
import { UserDirectory, type UserRecord } from './user-directory.ts';

const everything = { configure: '.*', write: '.*', read: '.*' };

function record(changes: Partial<UserRecord> = {}): UserRecord {
  return {
    name: 'anna',
    passwordHash: hashPassword('secret'),
    hashingAlgorithm: DEFAULT_HASHING_ALGORITHM,
    tags: ['monitoring'],
    permissions: new Map([['/', everything]]),
    loopbackOnly: false,
    ...changes,
  };
}

test('the right name and password give the user', () => {
  const user = new UserDirectory([record()]).authenticate('anna', 'secret', false);
  assert.equal(user?.name, 'anna');
  assert.deepEqual(user?.tags, ['monitoring']);
});

test('a wrong password, a wrong name and an empty password are refused', () => {
  const directory = new UserDirectory([record()]);
  assert.equal(directory.authenticate('anna', 'Secret', true), undefined);
  assert.equal(directory.authenticate('bert', 'secret', true), undefined);
  assert.equal(directory.authenticate('bert', '', true), undefined);
  assert.equal(directory.authenticate('anna', '', true), undefined);
});

test('a user for loopback only is refused from elsewhere', () => {
  const directory = new UserDirectory([record({ loopbackOnly: true })]);
  assert.equal(directory.authenticate('anna', 'secret', false), undefined);
  assert.equal(directory.authenticate('anna', 'secret', true)?.name, 'anna');
});

test('permissions are per virtual host, and the same object every time', () => {
  const user = new UserDirectory([record()]).authenticate('anna', 'secret', true);
  assert.equal(user?.permissionsFor('/')?.mayRead('queue'), true);
  assert.equal(user?.permissionsFor('/'), user?.permissionsFor('/'));
  assert.equal(user?.permissionsFor('other'), undefined);
});

test('an empty password is refused, even where it is the right one', () => {
  const directory = new UserDirectory([record({ passwordHash: hashPassword('') })]);
  assert.equal(directory.authenticate('anna', '', true), undefined);
});

test('who has logged in changes with the record, and may do nothing once it is deleted', () => {
  const directory = new UserDirectory([record()]);
  const user = directory.authenticate('anna', 'secret', true)!;
  const { permissionsEpoch } = user;
  directory.put(record({ tags: [], permissions: new Map([['other', everything]]) }));
  assert.deepEqual(user.tags, []);
  assert.equal(user.permissionsFor('/'), undefined);
  assert.equal(user.permissionsFor('other')?.mayRead('queue'), true);
  assert.notEqual(user.permissionsEpoch, permissionsEpoch);
  directory.delete('anna');
  assert.equal(user.permissionsFor('other'), undefined);
  assert.equal(directory.get('anna'), undefined);
});

test('a pattern that cannot be used allows nothing', () => {
  const patterns = { ...everything, read: '^(a|b)\\1$' };
  const directory = new UserDirectory([record({ permissions: new Map([['/', patterns]]) })]);
  const permissions = directory.get('anna')!.permissionsFor('/')!;
  assert.deepEqual([permissions.mayRead('aa'), permissions.mayWrite('aa')], [false, true]);
  assert.deepEqual(directory.records[0]?.permissions.get('/'), patterns);
});
