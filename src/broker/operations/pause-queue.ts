import type { Queue } from '../queue/queue.ts';
import type { VirtualHost } from '../vhost.ts';

/**
 * Lets nothing out of the queue until `resumeQueue`: its consumers stay and get nothing, basic.get finds it empty. Publishing,
 * settling and expiring go on, and so do moving and browsing. A durable queue stays paused over restarts.
 *
 * @throws AmqpError if that can't be noted: then the queue goes on
 */
export function pauseQueue({ journal }: VirtualHost, queue: Queue): void {
  if (queue.isPaused) return;
  queue.pause();
  try {
    journal.queueChanged(queue);
  } catch (error) {
    queue.resume();
    queue.pump();
    throw error;
  }
}

/** What has come meanwhile goes out. @throws AmqpError if that can't be noted: then the queue stays paused */
export function resumeQueue({ journal }: VirtualHost, queue: Queue): void {
  if (!queue.isPaused) return;
  queue.resume();
  try {
    journal.queueChanged(queue);
  } catch (error) {
    queue.pause();
    throw error;
  }
  queue.pump();
}
