import type { MethodHandlers } from './method-handler.ts';

/** Class tx: publishes and acknowledgements that take effect together (AMQP 0-9-1, section 1.9). */
export const txMethods: MethodHandlers = {
  'tx.select': (channel) => {
    channel.selectTransactions();
    channel.send('tx.select-ok', {});
  },
  'tx.commit': (channel) => {
    channel.commit(() => {
      channel.send('tx.commit-ok', {});
      channel.consuming.deliverDue(); // deliveries that the commit has made room for come after its answer
    });
  },
  'tx.rollback': (channel) => {
    channel.rollback();
    channel.send('tx.rollback-ok', {});
  },
};
