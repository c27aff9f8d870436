import type pc from 'picocolors';

type Colors = ReturnType<typeof pc.createColors>;

/** What there is to say about a broker that has just started. */
export interface BannerFacts {
  readonly version: string;
  readonly url: string;
  readonly pid: number;
  readonly startedInMs: number;
}

const HARE = ['(\\ /)  ', '( . .) ', 'c(")(")', '       '];

/** A few lines that tell a person that the broker runs, where, and how to stop it. */
export function banner({ version, url, pid, startedInMs }: BannerFacts, colors: Colors): string {
  const facts = [
    `${colors.bold('Leveret')} ${version}`,
    `${colors.dim('AMQP')}  ${colors.cyan(url)}`,
    `${colors.dim('Data')}  in memory: nothing survives a restart yet`,
    `${colors.dim('Run ')}  pid ${pid}, started in ${startedInMs} ms, Ctrl-C stops it`,
  ];
  const lines = facts.map((fact, index) => `  ${colors.yellow(HARE[index]!)}  ${fact}\n`);
  return `\n${lines.join('')}\n`;
}
