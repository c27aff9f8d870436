import { amqplib } from '../support/clients/amqplib.ts';
import { testClient } from './client-contract.ts';

testClient(amqplib);
