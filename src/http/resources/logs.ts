import type { LoggedLine } from '../../observe/recent-log.ts';
import type { ApiCall } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { isMonitor } from '../authorization.ts';
import type { EventStream } from '../event-stream.ts';
import type { JsonObject } from '../listing/columns.ts';

const access = 'monitoring';
/** Pino's, which are numbers. */
const LEVELS: ReadonlyMap<string, number> = new Map([
  ['trace', 10],
  ['debug', 20],
  ['info', 30],
  ['warn', 40],
  ['error', 50],
  ['fatal', 60],
]);

const FILTER = {
  level: { type: 'string', enum: [...LEVELS.keys()], description: 'it and above' },
  text: { type: 'string', description: 'what is in the line, in whatever case' },
} as const;

type Filter = (event: JsonObject) => boolean;

/** The last lines of the broker's log, and new ones as they come. They hold no bodies and no passwords. */
export function addLogs(routes: ApiRoutes): void {
  const summary = 'The last lines of the log, the oldest first';
  routes.get('/logs', { summary, access, query: FILTER }, (call) => {
    const passes = filterOf(call);
    const { recentLog, broker } = call.context;
    return { level: broker.config.logLevel, lines: recentLog.since(0).map(view).filter(passes) };
  });
  const live = 'The last lines of the log, and new ones as they come (server-sent events)';
  routes.get('/logs/live', { summary: live, access, query: FILTER, isUnsafe: true }, follow);
}

function follow(call: ApiCall): EventStream {
  const { user, context } = call;
  const { recentLog } = context;
  const passes = filterOf(call);
  let next = 0;
  return context.streams.open({
    isAllowed: () => context.broker.users.find(user.name) === user && isMonitor(user),
    take: () => {
      const lines = recentLog.since(next).map(view).filter(passes);
      next = recentLog.end;
      return lines.length === 0 ? undefined : { lines };
    },
    close: () => undefined,
  });
}

function filterOf({ query }: ApiCall): Filter {
  const { level = 'trace', text = '' } = query as { level?: string; text?: string }; // as the schema has them
  const least = LEVELS.get(level)!;
  const wanted = text.toLowerCase();
  return (event) => {
    const { level: name } = event;
    if (LEVELS.get(name as string)! < least) return false;
    return wanted === '' || JSON.stringify(event).toLowerCase().includes(wanted);
  };
}

/** `number` grows; further facts are in `fields`. */
function view({ number, json }: LoggedLine): JsonObject {
  const { time, level, msg, pid: _pid, hostname: _hostname, ...fields } = JSON.parse(json) as JsonObject;
  const name = [...LEVELS].find(([, value]) => value === level)?.[0] ?? 'info';
  return { number, time: time!, level: name, message: msg ?? '', fields };
}
