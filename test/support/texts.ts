/** Reply texts that many checks need. */

export function lockedText(queue: string): string {
  return (
    `RESOURCE_LOCKED - cannot obtain exclusive access to locked queue '${queue}' in vhost '/'. It could be originally ` +
    'declared on another connection or the exclusive property value does not match that of the original declaration.'
  );
}

export function noQueueText(queue: string, vhost = '/'): string {
  return `NOT_FOUND - no queue '${queue}' in vhost '${vhost}'`;
}

export function noExchangeText(exchange: string, vhost = '/'): string {
  return `NOT_FOUND - no exchange '${exchange}' in vhost '${vhost}'`;
}

export function unknownTagText(tag: number): string {
  return `PRECONDITION_FAILED - unknown delivery tag ${tag}`;
}

/** To a declaration that differs from what is there in this argument. */
export function inequivalentText(
  kind: 'queue' | 'exchange',
  argument: string,
  name: string,
  received: string,
  current: string,
): string {
  return (
    `PRECONDITION_FAILED - inequivalent arg '${argument}' for ${kind} '${name}' in vhost '/': ` +
    `received ${received} but current is ${current}`
  );
}
