import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GlobalParameters } from '../../broker/global-parameters.ts';
import { resolveConfig } from '../../config/resolve.ts';
import { Greeting } from './greeting.ts';

/** Some clients' tests cut their connections in the middle of it, at offsets that they know from RabbitMQ. */
const RABBITMQ_OCTETS = 504;

test('the greeting is as long as that of RabbitMQ, with a short name of the cluster, too', () => {
  const parameters = new GlobalParameters(undefined);
  const greeting = new Greeting(resolveConfig(), parameters);
  assert.ok(greeting.octets.length >= RABBITMQ_OCTETS, String(greeting.octets.length));
  parameters.set('cluster_name', 'x');
  assert.ok(greeting.octets.length >= RABBITMQ_OCTETS, String(greeting.octets.length));
});
