import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ManagementContext } from '../management-context.ts';
import { CONTENT_TYPE } from './exposition-text.ts';
import { detailedPage, PER_OBJECT_PAGE, SUMMED_PAGE } from './metrics-pages.ts';
import { type MetricsPage, metricsText } from './metrics-text.ts';
import { Scrape } from './scrape.ts';

interface DetailedQuery {
  readonly family?: string | readonly string[];
  readonly vhost?: string | readonly string[];
}

/**
 * What Prometheus scrapes: the pages and names of RabbitMQ's plugin, here on the management API's port. Without logging in, as
 * there: names of objects can be read, and no message.
 */
export function addMetrics(app: FastifyInstance, context: ManagementContext): void {
  app.get('/metrics', async (_request, reply) => send(SUMMED_PAGE, await Scrape.begin(context), reply));
  app.get('/metrics/per-object', async (_request, reply) => send(PER_OBJECT_PAGE, await Scrape.begin(context), reply));
  app.get<{ Querystring: DetailedQuery }>('/metrics/detailed', async ({ query }, reply) => {
    const vhosts = query.vhost === undefined ? undefined : valuesOf(query.vhost);
    return send(detailedPage(valuesOf(query.family)), await Scrape.begin(context, vhosts), reply);
  });
}

/** A parameter that may be given several times. */
function valuesOf(values: string | readonly string[] = []): Set<string> {
  return new Set(typeof values === 'string' ? [values] : values);
}

function send(page: MetricsPage, scrape: Scrape, reply: FastifyReply): FastifyReply {
  return reply.type(CONTENT_TYPE).send(Readable.from(metricsText(page, scrape)));
}
