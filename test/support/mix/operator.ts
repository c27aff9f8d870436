import type { Administration } from '#src/server/administration.js';
import type { Arguments, OperatorStep } from './plan.ts';

const VHOST = '/';

/** Does the steps of a plan that no client can, and says what came of them. */
export class Operator {
  private readonly administration: Administration;

  constructor(administration: Administration) {
    this.administration = administration;
  }

  /** @param name makes the full name of a queue or an exchange */
  async perform(step: OperatorStep, name: (short: string) => string): Promise<string> {
    try {
      return JSON.stringify((await this.do(step, name)) ?? 'done');
    } catch (error) {
      return `${error}`;
    }
  }

  private do(step: OperatorStep, name: (short: string) => string): Promise<unknown> {
    const queue = name(step.queue);
    if (step.do === 'pause') return this.administration.pauseQueue(VHOST, queue);
    if (step.do === 'setPolicy') return this.setPolicy(queue, step.definition, name);
    if (step.do === 'move') {
      const options = step.limit === undefined ? {} : { limit: step.limit };
      return this.administration.moveMessages(VHOST, queue, name(step.target), options);
    }
    if (step.do === 'clearPolicy') return this.administration.clearPolicy('policy', VHOST, queue);
    return this.administration.resumeQueue(VHOST, queue);
  }

  private setPolicy(queue: string, planned: Arguments, name: (short: string) => string): Promise<void> {
    const exchange = planned['dead-letter-exchange'];
    const definition =
      typeof exchange === 'string' ? { ...planned, 'dead-letter-exchange': name(exchange) } : { ...planned };
    return this.administration.setPolicy('policy', VHOST, queue, {
      pattern: `^${queue.replaceAll('.', '\\.')}$`,
      definition,
      'apply-to': 'queues',
      priority: 0,
    });
  }
}
