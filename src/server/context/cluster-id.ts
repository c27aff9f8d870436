import { randomBytes } from 'node:crypto';
import type { GlobalParameters } from '../../broker/global-parameters.ts';

/** What RabbitMQ calls it among its global parameters; definitions that are imported bring it along. */
export const CLUSTER_ID = 'internal_cluster_id';
const ID_OCTETS = 16;

/** Gives a broker that has none an identity, which stays when its name or its host changes. */
export function identify(parameters: GlobalParameters): void {
  if (parameters.values.has(CLUSTER_ID)) return;
  parameters.set(CLUSTER_ID, `leveret-cluster-id-${randomBytes(ID_OCTETS).toString('base64url')}`);
}
