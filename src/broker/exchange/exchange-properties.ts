import type { FieldTable } from '../../protocol/field-table.ts';

/** What an exchange is declared with; a redeclaration must agree (AMQP 0-9-1, section 1.6.2.1). */
export interface ExchangeProperties {
  readonly type: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: FieldTable;
}

/** An exchange as its features know it. */
export interface NamedExchange {
  readonly name: string;
  readonly properties: ExchangeProperties;
}
