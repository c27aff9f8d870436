import { amqpClient } from '../support/clients/amqp-client.ts';
import { testClient } from './client-contract.ts';

testClient(amqpClient);
