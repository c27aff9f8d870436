import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AllowedHosts } from './allowed-hosts.ts';
import { isCrossOrigin, type TrustedOrigins } from './cross-origin.ts';
import { forbidden } from './http-error.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Not safe in HTTP's sense although it is a GET: it changes something, or takes one of few places. */
    isUnsafe?: boolean;
  }
}

/** Methods that change nothing (RFC 9110, section 9.2.1), but for what a route says. */
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Refuses what other people's web pages have a browser send, before anybody is asked who they are. */
export function addRequestGuard(app: FastifyInstance, hosts: AllowedHosts, trusted: TrustedOrigins): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { host } = request.headers;
    if (!hosts.allows(host)) {
      throw forbidden(`requests for the host ${host} are not answered: see --management-hosts`);
    }
    if (isUnsafe(request) && isCrossOrigin(request.headers, trusted)) {
      throw forbidden('web pages of other origins may not do this: see --management-cors-origins');
    }
    done();
  });
}

function isUnsafe({ method, routeOptions }: FastifyRequest): boolean {
  return !SAFE_METHODS.includes(method) || routeOptions.config?.isUnsafe === true;
}
