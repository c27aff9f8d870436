import { AmqpError } from '../../protocol/amqp-error.ts';
import { erlangBinary } from '../../protocol/erlang-term.ts';
import type { FieldTable } from '../../protocol/field-table.ts';
import type { Message } from '../../protocol/message.ts';
import { FLAG_HEADERS } from '../../protocol/properties.ts';
import { type Binding, type Destination, type MatchedBinding, tableIdentity } from '../binding.ts';
import type { BindingIndex } from './exchange.ts';
import { Rendezvous } from './rendezvous.ts';
import { textHash } from './text-hash.ts';

/** What is hashed of a message, as a text. All messages that lack it are alike. */
type HashedPart = (message: Message) => string;

const HASHED_PROPERTIES: ReadonlyMap<string, HashedPart> = new Map<string, HashedPart>([
  ['message_id', (message) => message.properties().messageId ?? ''],
  ['correlation_id', (message) => message.properties().correlationId ?? ''],
  ['timestamp', (message) => String(message.properties().timestamp ?? '')],
]);

/**
 * RabbitMQ's x-consistent-hash: each message goes to one destination, the same for equal routing keys, or for equal values
 * of the header or property that the exchange's arguments name. Binding keys are weights. When a destination comes or
 * goes, other destinations keep what they have.
 */
export class ConsistentHashIndex implements BindingIndex {
  readonly isKeyed: boolean;
  readonly picks = 'by hash';
  /** Undefined: the routing key. */
  private readonly hashedPart: HashedPart | undefined;
  private readonly choice = new Rendezvous<Destination>();
  /** By destination, in order: the first one's weight counts. */
  private readonly bindings = new Map<Destination, Binding[]>();

  /**
   * @param resource the exchange, as reply texts name it
   * @throws AmqpError PRECONDITION_FAILED for arguments that make no sense
   */
  constructor(args: FieldTable, resource: string) {
    this.hashedPart = hashedPart(args, resource);
    this.isKeyed = this.hashedPart === undefined;
  }

  validate(routingKey: string): void {
    if (!/^[+-]?\d+$/.test(routingKey)) {
      const key = erlangBinary(Buffer.from(routingKey));
      throw new AmqpError('PRECONDITION_FAILED', `The binding key must be an integer: ${key}`);
    }
    if (weightOf(routingKey) <= 0) {
      throw new AmqpError('PRECONDITION_FAILED', 'The binding key must be greater than 0');
    }
  }

  add(binding: Binding): void {
    const { destination } = binding;
    const others = this.bindings.get(destination) ?? [];
    this.weigh(destination, [...others, binding]);
  }

  remove(binding: Binding): void {
    const { destination } = binding;
    const others = this.bindings.get(destination) ?? [];
    this.weigh(
      destination,
      others.filter((other) => other !== binding),
    );
  }

  private weigh(destination: Destination, bindings: Binding[]): void {
    const [first] = bindings;
    if (first === undefined) {
      this.bindings.delete(destination);
      this.choice.delete(destination);
      return;
    }
    this.bindings.set(destination, bindings);
    this.choice.set(destination, `${destination.kind} ${destination.name}`, weightOf(first.routingKey));
  }

  match(routingKeys: readonly string[], message: Message, into: MatchedBinding[]): void {
    const hashed = this.hashedPart === undefined ? routingKeys.join('\0') : this.hashedPart(message);
    const destination = this.choice.choose(textHash(hashed));
    if (destination !== undefined) into.push(this.bindings.get(destination)![0]!);
  }
}

function weightOf(routingKey: string): number {
  return Number(routingKey);
}

function hashedPart(args: FieldTable, resource: string): HashedPart | undefined {
  const header = textArgument(args, 'hash-header', resource);
  const property = textArgument(args, 'hash-property', resource);
  if (header !== undefined && property !== undefined) {
    throw new AmqpError('PRECONDITION_FAILED', 'hash-header and hash-property are mutually exclusive');
  }
  if (header !== undefined) return (message) => headerText(message, header);
  if (property === undefined) return undefined;
  const part = HASHED_PROPERTIES.get(property);
  if (part === undefined) throw new AmqpError('PRECONDITION_FAILED', `Unsupported property: ${property}`);
  return part;
}

function textArgument(args: FieldTable, name: string, resource: string): string | undefined {
  const argument = args.get(name);
  if (argument === undefined) return undefined;
  if (argument.type === 'longstr') return argument.value.toString();
  throw new AmqpError('PRECONDITION_FAILED', `invalid type '${argument.type}' for arg '${name}' in ${resource}`);
}

/** Differs where type or value do. */
function headerText(message: Message, name: string): string {
  if ((message.propertyFlags & FLAG_HEADERS) === 0) return '';
  const field = message.properties().headers?.get(name);
  return field === undefined ? '' : tableIdentity(new Map([[name, field]]));
}
