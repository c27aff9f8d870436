import { type Command, Option } from 'commander';
import { didYouMean } from '../../config/suggest.ts';
import { stringifyJson } from '../../json/exact-json.ts';
import { type ApiClient, apiPath, type JsonObject } from '../api-client.ts';
import { ApiError } from '../api-error.ts';
import { CLIENT_COMMANDS } from '../client-commands.ts';
import { CommandError, misuse } from '../command-error.ts';
import type { Session } from '../session.ts';
import { textTable } from '../text-table.ts';
import { visible } from '../visible-text.ts';
import { fittingColumns } from './fitting-columns.ts';
import { cellText, LIST_KINDS, type ListColumn, type ListKind, valueAt } from './list-kinds.ts';

interface ListFlags {
  readonly name?: string;
  readonly columns?: string;
  readonly sort?: string;
  readonly reverse?: true;
}

interface Page {
  readonly items: readonly JsonObject[];
  readonly page_count: number;
}

const PAGE_SIZE = '500';

const NOTES = `
THINGS is one of: ${Object.keys(LIST_KINDS).join(', ')}.

FIELDs are those of the management API, as --json shows them; a dot leads into an object
(message_stats.publish). Without --vhost, the things of all vhosts are listed.

Examples:
  leveret list queues
  leveret list queues --sort messages --reverse --columns name,messages
  leveret list connections --json | jq -r '.[].name'
`;

export function addList(program: Command, session: () => Session): void {
  program
    .command('list')
    .description(CLIENT_COMMANDS.list)
    .argument('<THINGS>', 'what to list')
    .option('--name <TEXT>', 'only those with the text in their names')
    .option('--columns <FIELD,...>', 'these fields, in this order')
    .option('--sort <FIELD>', 'sort by a field')
    .addOption(new Option('--reverse', 'turn the order around'))
    .addHelpText('after', NOTES)
    .action((word: string, flags: ListFlags) => list(session(), kindOf(word), flags));
}

function kindOf(word: string): ListKind {
  const kind = Object.hasOwn(LIST_KINDS, word) ? LIST_KINDS[word] : undefined;
  if (kind !== undefined) return kind;
  const words = Object.keys(LIST_KINDS);
  throw misuse(`there are no '${word}' to list${didYouMean(word, words)}; there are ${words.join(', ')}`);
}

async function list(session: Session, kind: ListKind, flags: ListFlags): Promise<void> {
  const columns = flags.columns === undefined ? kind.columns : flags.columns.split(',').map(plainColumn);
  if (flags.name !== undefined && !kind.hasNames) throw misuse('these have no names to look for with --name');
  const isAllAsked = session.isJson && flags.columns === undefined;
  const fields = columns.flatMap((column) => column.fields);
  const isLookedThrough = session.givenVhost !== undefined && kind.path(undefined) === kind.path('');
  const query = {
    ...(!isAllAsked && { columns: [...fields, ...(isLookedThrough ? ['vhost'] : [])].join(',') }),
    ...(flags.sort !== undefined && { sort: flags.sort }),
    ...(flags.reverse === true && { sort_reverse: 'true' }),
  };
  const all = await rowsOf(session, kind, query, flags.name);
  const rows = isLookedThrough ? all.filter(({ vhost }) => vhost === undefined || vhost === session.givenVhost) : all;
  if (session.isJson) session.print(stringifyJson(rows, 2));
  else printTable(session, columns, rows, flags.columns !== undefined);
}

async function rowsOf(
  session: Session,
  kind: ListKind,
  query: Readonly<Record<string, string>>,
  name: string | undefined,
): Promise<readonly JsonObject[]> {
  const api = await session.api();
  const path = kind.path(session.givenVhost);
  try {
    return name === undefined ? await api.get(path, query) : await pages(api, path, { ...query, name });
  } catch (error) {
    if (!(error instanceof ApiError) || !error.isObjectMissing) throw error;
    const vhosts = await api.get<readonly JsonObject[]>(apiPath('vhosts'), { columns: 'name' });
    const names = vhosts.map(({ name: vhost }) => String(vhost));
    throw new CommandError(`there is no vhost '${session.vhost}'${didYouMean(session.vhost, names)}`);
  }
}

/** The API looks for names in lists that are asked for page by page. */
async function pages(api: ApiClient, path: string, query: Readonly<Record<string, string>>): Promise<JsonObject[]> {
  const rows: JsonObject[] = [];
  for (let [number, last] = [1, 1]; number <= last; number++) {
    const page = await api.get<Page>(path, { ...query, page: String(number), page_size: PAGE_SIZE });
    rows.push(...page.items);
    last = page.page_count;
  }
  return rows;
}

function plainColumn(field: string): ListColumn {
  return { title: field, fields: [field], text: (row) => cellText(valueAt(row, field)) };
}

function printTable(
  session: Session,
  columns: readonly ListColumn[],
  rows: readonly JsonObject[],
  isFixed: boolean,
): void {
  const { terminal, colors } = session;
  const { widthCells = Number.POSITIVE_INFINITY } = terminal;
  const cells = rows.map((row) => columns.map((column) => visible(column.text(row))));
  const kept = isFixed ? columns.map((_, index) => index) : fittingColumns(columns, cells, widthCells);
  const pick = <T>(values: readonly T[]) => kept.map((index) => values[index]!);
  for (const line of textTable(pick(columns), cells.map(pick), colors.bold, widthCells)) session.print(line);
  const isMissed = (index: number) => !kept.includes(index) && cells.some((row) => row[index] !== '');
  const missing = columns.filter((_, index) => isMissed(index));
  if (missing.length > 0) {
    const titles = missing.map(({ title }) => title).join(', ');
    session.note(`no room for ${titles}; see --columns and --json`);
  }
}
