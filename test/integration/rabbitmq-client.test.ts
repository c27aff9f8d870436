import { rabbitmqClient } from '../support/clients/rabbitmq-client.ts';
import { testClient } from './client-contract.ts';

testClient(rabbitmqClient);
