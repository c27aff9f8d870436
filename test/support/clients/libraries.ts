import { amqpClient } from './amqp-client.ts';
import { amqplib } from './amqplib.ts';
import type { ClientLibrary } from './client.ts';
import { rabbitmqClient } from './rabbitmq-client.ts';

/** All client libraries that the broker is tried with. */
export const LIBRARIES: readonly ClientLibrary[] = [amqplib, rabbitmqClient, amqpClient];
