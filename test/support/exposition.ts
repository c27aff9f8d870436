/** A series' value, as a page of metrics has it. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with its samples. */
export interface Family {
  type: string;
  help: string;
  readonly samples: Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;
const SUFFIXES = /_(bucket|sum|count)$/;

/** Reads Prometheus' text format. @throws Error where it is none, or a series is there twice */
export function readExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, Family>();
  const series = new Set<string>();
  for (const line of text.slice(0, -1).split('\n')) {
    if (line.startsWith('# ')) readHead(line, families);
    else addSample(readSample(line), families, series);
  }
  return families;
}

function readHead(line: string, families: Map<string, Family>): void {
  const [, keyword, name = '', ...rest] = line.split(' ');
  if (!NAME.test(name)) throw new Error(`no name: ${line}`);
  const family = families.get(name) ?? { type: '', help: '', samples: [] };
  if (family.samples.length > 0) throw new Error(`behind its samples: ${line}`);
  const field = keyword === 'TYPE' ? 'type' : 'help';
  if (family[field] !== '') throw new Error(`twice: ${line}`);
  family[field] = rest.join(' ');
  families.set(name, family);
}

function readSample(line: string): Sample {
  const [, name, labelsText = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < labelsText.length) {
    const [, label, escaped] = LABEL.exec(labelsText) ?? [];
    if (label === undefined) throw new Error(`no labels: ${line}`);
    labels[label] = escaped!.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
  }
  const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value);
  if (Number.isNaN(number)) throw new Error(`no number: ${line}`);
  return { name, labels, value: number };
}

function addSample(sample: Sample, families: Map<string, Family>, series: Set<string>): void {
  const { name, labels } = sample;
  const family = families.get(name) ?? families.get(name.replace(SUFFIXES, ''));
  if (family === undefined || family.type === '') throw new Error(`of no type: ${name}`);
  const key = `${name} ${JSON.stringify(Object.entries(labels).sort())}`;
  if (series.has(key)) throw new Error(`twice: ${key}`);
  series.add(key);
  family.samples.push(sample);
}
