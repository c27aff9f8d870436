import type { Action } from './actions.ts';
import { connectionOf, LINES_PER_CONNECTION, type Line, type Plan, type QueuePlan } from './plan.ts';

/** What is said of a step besides its name and channel. */
function details(action: Action, plan: Plan): object {
  const { do: _, ...fields } = action as Action & { line?: Line };
  const { line: __, ...others } = fields;
  if (action.do === 'declareQueue') return { queue: action.queue, ...stated(plan.queues[action.as]) };
  if (action.do === 'declareExchange') return { exchange: action.exchange, ...plan.exchanges[action.as] };
  if (action.do === 'publish') {
    const { bodyOctets: _octets, ...rest } = others as typeof others & { bodyOctets?: number };
    return rest;
  }
  return others;
}

function stated({ arguments: args, ...flags }: QueuePlan): object {
  return { ...flags, ...(Object.keys(args).length > 0 && { arguments: args }) };
}

/** Everything that is not false or empty. */
function fieldsText(fields: object): string {
  const told = Object.entries(fields).filter(([, value]) => !isNothing(value));
  return told.map(([name, value]) => (value === true ? name : `${name}=${JSON.stringify(value)}`)).join(' ');
}

function isNothing(value: unknown): boolean {
  return (
    value === false || value === undefined || (typeof value === 'object' && Object.keys(value as object).length === 0)
  );
}

/** An action in a line. */
export function actionText(action: Action, plan: Plan): string {
  const where = 'line' in action ? `connection ${connectionOf(action.line)} channel ${channelText(action.line)}: ` : '';
  return `${where}${action.do} ${fieldsText(details(action, plan))}`.trimEnd();
}

/** Lines are numbered through both connections, as in what they see. */
function channelText(line: Line): string {
  return `${line} (number ${(line % LINES_PER_CONNECTION) + 1})`;
}
