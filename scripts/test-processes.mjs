// Which tests share a process: starting one takes longer than most unit tests, and than the broker of most conformance tests.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './project.mjs';

const GROUPS = join('build', 'groups');
const GROUP_SIZE = 8;
/** Conformance tests get along with others on one broker, as on RabbitMQ; unit tests, unless they look at their process. */
const SOCIABLE = /^(src|web|test[/\\]conformance)[/\\]/;
/** What such a test measures, or changes, would be others', too. */
const SOLITARY = /memoryUsage|process\.|mock\.|performance\.now|^(before|after)(Each)?\(/m;

/**
 * @param tests their sources, as paths from the project's directory
 * @param compiled gives the path of a source's output
 * @returns paths of what is to be run: tests, and files that import several
 */
export function inProcesses(tests, compiled) {
  rmSync(join(root, GROUPS), { recursive: true, force: true });
  mkdirSync(join(root, GROUPS), { recursive: true });
  const isShared = (path) => SOCIABLE.test(path) && !SOLITARY.test(readFileSync(join(root, path), 'utf8'));
  const sharing = { src: [], web: [], test: [] };
  for (const path of tests.filter(isShared)) sharing[path.slice(0, path.search(/[/\\]/))].push(compiled(path));
  const groups = Object.entries(sharing).flatMap(([name, paths]) => writeGroups(name, paths));
  return [...groups, ...tests.filter((path) => !isShared(path)).map(compiled)];
}

/** Each group has tests from all over the list: neighbours take about as long as each other. */
function writeGroups(name, paths) {
  const count = Math.ceil(paths.length / GROUP_SIZE);
  return Array.from({ length: count }, (_, i) => {
    const file = join(GROUPS, `${name}-${i + 1}.test.mjs`);
    const members = paths.filter((_path, at) => at % count === i);
    writeFileSync(join(root, file), members.map((path) => `import '../../${path.replaceAll('\\', '/')}';\n`).join(''));
    return file;
  });
}
