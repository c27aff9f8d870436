import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AmqpError } from './amqp-error.ts';
import { REPLY_CODES, type ReplyName } from './constants.ts';

test('seven replies close the channel, all others the connection', () => {
  const names = Object.keys(REPLY_CODES) as ReplyName[];
  const codes = names.filter((name) => !new AmqpError(name, '').closesConnection).map((name) => REPLY_CODES[name]);
  assert.deepEqual(codes, [311, 312, 313, 403, 404, 405, 406]);
});

test('the reply text is the name, then what went wrong', () => {
  assert.equal(new AmqpError('NOT_FOUND', "no queue 'q'").replyText, "NOT_FOUND - no queue 'q'");
  assert.equal(new AmqpError('INTERNAL_ERROR', '').replyText, 'INTERNAL_ERROR');
});

describe('a reply text of more than 255 octets is cut to 252 and three dots', () => {
  const START = 'NOT_FOUND - ';
  const explanations: readonly (readonly [what: string, explanation: string, cut: string | undefined])[] = [
    ['254 octets', 'x'.repeat(242), undefined],
    ['255 octets', 'x'.repeat(243), undefined],
    ['256 octets', 'x'.repeat(244), 'x'.repeat(240)],
    ['very many', 'x'.repeat(100_000), 'x'.repeat(240)],
    ['255 octets of UTF-8', `x${'é'.repeat(121)}`, undefined],
    ['a character of two octets across the cut', `x${'é'.repeat(122)}`, `x${'é'.repeat(119)}`],
    ['a character of four octets across the cut', `xx${'🐇'.repeat(70)}`, `xx${'🐇'.repeat(59)}`],
    ['characters that end at the cut', '🐇'.repeat(70), '🐇'.repeat(60)],
  ];
  for (const [what, explanation, cut] of explanations) {
    test(what, () => {
      const { replyText } = new AmqpError('NOT_FOUND', explanation);
      assert.equal(replyText, START + (cut === undefined ? explanation : `${cut}...`));
      assert.ok(Buffer.byteLength(replyText) <= 255);
    });
  }
});
