import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UserDirectory } from '../../auth/user-directory.ts';
import { resolveConfig } from '../../config/resolve.ts';
import { validateDeliveryMode, validateExpiration, validateUserId } from './message-validation.ts';

describe('expirations', () => {
  for (const expiration of ['0', '1', '+5', '007', '315360000000']) {
    test(`'${expiration}' is one`, () => validateExpiration(expiration));
  }
  const wrong: readonly (readonly [expiration: string, problem: string])[] = [
    ['', 'no_integer'],
    ['abc', 'no_integer'],
    ['-', 'no_integer'],
    [' 1', 'no_integer'],
    ['60foo', '{leftover_string,"foo"}'],
    ['1.5', '{leftover_string,".5"}'],
    ['-1', '{value_negative,-1}'],
    ['315360000001', '{value_too_large,315360000001}'],
    ['9'.repeat(255), `{value_too_large,${'9'.repeat(255)}}`],
  ];
  for (const [expiration, problem] of wrong) {
    test(`'${expiration.slice(0, 20)}' is none`, () => {
      assert.throws(() => validateExpiration(expiration), {
        message: `invalid expiration '${expiration}': ${problem}`,
      });
    });
  }
});

test('a message may name its publisher and nobody else, unless that may impersonate', () => {
  const users = [
    { name: 'plain', password: 'x' },
    { name: 'actor', password: 'x', tags: ['impersonator'] },
  ];
  const directory = new UserDirectory(resolveConfig({ users }).users);
  const [plain, actor] = ['plain', 'actor'].map((name) => directory.authenticate(name, 'x', true)!);
  validateUserId('plain', plain!);
  validateUserId('anybody', actor!);
  assert.throws(() => validateUserId('anybody', plain!), {
    replyText: "PRECONDITION_FAILED - user_id property set to 'anybody' but authenticated user was 'plain'",
  });
});

test('a delivery mode is 1 or 2', () => {
  validateDeliveryMode(1);
  validateDeliveryMode(2);
  for (const mode of [0, 3, 255]) {
    assert.throws(() => validateDeliveryMode(mode), { message: `invalid message: {delivery_mode_unknown,${mode}}` });
  }
});
