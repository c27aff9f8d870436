import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, incomingMessage } from '../protocol/message.test.helper.ts';
import { namesReplies, type ReplyConsumer, ReplyConsumers } from './reply-consumers.ts';

test('a reply comes once to each of those who wait for it, and to nobody else', () => {
  const consumers = new ReplyConsumers();
  const received: string[] = [];
  const consumer = (who: string): ReplyConsumer => ({
    deliverReply: (message) => received.push(`${who} ${bodyOf(message)}`),
  });
  consumers.deliver(['amq.rabbitmq.reply-to.a'], incomingMessage({ body: '0' }));
  consumers.add('amq.rabbitmq.reply-to.a', consumer('a'));
  consumers.add('amq.rabbitmq.reply-to.b', consumer('b'));
  consumers.deliver(['amq.rabbitmq.reply-to.a', 'x', 'amq.rabbitmq.reply-to.a'], incomingMessage({ body: '1' }));
  consumers.deliver(['amq.rabbitmq.reply-to.b', 'amq.rabbitmq.reply-to.a'], incomingMessage({ body: '2' }));
  consumers.remove('amq.rabbitmq.reply-to.a');
  consumers.deliver(['amq.rabbitmq.reply-to.a', 'amq.rabbitmq.reply-to.b'], incomingMessage({ body: '3' }));
  assert.deepEqual(received, ['a 1', 'b 2', 'a 2', 'b 3']);
  assert.deepEqual([consumers.has('amq.rabbitmq.reply-to.a'), consumers.has('amq.rabbitmq.reply-to.b')], [false, true]);
});

test('names of replies begin as what is consumed, and a dot', () => {
  const names = [
    'amq.rabbitmq.reply-to.x',
    'amq.rabbitmq.reply-to.',
    'amq.rabbitmq.reply-to',
    'amq.rabbitmq.reply-tox',
  ];
  assert.deepEqual(names.map(namesReplies), [true, true, false, false]);
});
