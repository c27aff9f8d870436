import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shortString } from '../../protocol/arbitraries.test.helper.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { encodeMethodFrame } from '../../protocol/method-codec.ts';
import { encodeGetOk, encodeReturn } from './routed-methods.ts';

test('with names that are UTF-8, they are what the codec makes of them', () => {
  fc.assert(
    fc.property(
      shortString,
      shortString,
      fc.nat(65_535),
      fc.boolean(),
      (exchange, routingKey, channel, redelivered) => {
        const message = incomingMessage({ exchange, routingKey });
        const getOk = { deliveryTag: 2 ** 33, redelivered, exchange, routingKey, messageCount: 7 };
        assert.deepEqual(
          encodeGetOk(channel, 2 ** 33, redelivered, message, 7),
          encodeMethodFrame(channel, 'basic.get-ok', getOk),
        );
        const returned = { replyCode: 312, replyText: 'NO_ROUTE', exchange, routingKey };
        assert.deepEqual(encodeReturn(channel, message), encodeMethodFrame(channel, 'basic.return', returned));
      },
    ),
  );
});
