/** Reply texts that many checks need. */

export function lockedText(queue: string): string {
  return (
    `RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '${queue}' in vhost '/'. It could be originally ` +
    'declared on another connection or the exclusive property value does not match that of the original declaration.'
  );
}

export function noQueueText(queue: string): string {
  return `NOT_FOUND - no queue '${queue}' in vhost '/'`;
}

export function noExchangeText(exchange: string): string {
  return `NOT_FOUND - no exchange '${exchange}' in vhost '/'`;
}

export function unknownTagText(tag: number): string {
  return `PRECONDITION_FAILED - unknown delivery tag ${tag}`;
}
