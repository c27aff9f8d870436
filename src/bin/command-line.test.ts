import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCALAR_KEYS, SETTINGS } from '../config/settings.ts';
import { parseCommandLine } from './command-line.ts';
import { UsageError } from './usage-error.ts';

function refusal(...args: string[]): string {
  try {
    parseCommandLine(args);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message;
  }
  return 'accepted';
}

test('nothing at all starts a broker', () => {
  const start = { name: 'start', flags: {}, configPath: undefined };
  assert.deepEqual(parseCommandLine([]), start);
  assert.deepEqual(parseCommandLine(['start']), start);
});

test('every option has its flag', () => {
  const args = SCALAR_KEYS.flatMap((key, index) => [`--${SETTINGS[key].flag}`, String(index)]);
  const flags = Object.fromEntries(SCALAR_KEYS.map((key, index) => [key, String(index)]));
  assert.deepEqual(parseCommandLine(args), { name: 'start', flags, configPath: undefined });
});

test('a flag may come before or after the command, and with an equals sign', () => {
  const command = { name: 'start', flags: { port: '1', bind: '::1' }, configPath: 'x.toml' };
  assert.deepEqual(parseCommandLine(['--port', '1', 'start', '--bind=::1', '--config', 'x.toml']), command);
});

test('the help tells of every option and its default', () => {
  const command = parseCommandLine(['--help']);
  assert.ok(command.name === 'print');
  const text = command.text.replaceAll(/\s+/g, ' ');
  for (const key of SCALAR_KEYS) {
    const { flag, argument, help, defaultText, commandDefaultText } = SETTINGS[key];
    const line = `--${flag} <${argument}> ${help} (${commandDefaultText ?? defaultText ?? 'none'})`;
    assert.ok(text.includes(line), line);
  }
});

test('inspect has its argument, its option and its help', () => {
  const command = { name: 'inspect', path: 'data', isJson: false };
  assert.deepEqual(parseCommandLine(['inspect', 'data']), command);
  assert.deepEqual(parseCommandLine(['inspect', '--json', 'data']), { ...command, isJson: true });
  assert.deepEqual(parseCommandLine(['inspect', 'start']), { ...command, path: 'start' });
  const help = parseCommandLine(['inspect', '--help']);
  assert.ok(help.name === 'print');
  assert.match(help.text, /^Usage: leveret inspect \[options\] <DIR>/);
  assert.match(help.text, /exit status/);
  assert.equal(refusal('inspect'), "missing required argument 'DIR'");
  assert.equal(refusal('inspect', 'data', '--port', '1'), "unknown option '--port'");
  assert.equal(refusal('--port', '1', 'inspect', 'data'), "inspect takes none of a broker's options");
  assert.match(refusal('inspect', 'data', 'more'), /^too many arguments/);
});

test('mistakes get one line each', () => {
  assert.equal(refusal('--prot', '1'), "unknown option '--prot' (Did you mean --port?)");
  assert.equal(refusal('--port'), "option '--port <PORT>' argument missing");
  assert.equal(refusal('strat'), "unknown command 'strat' (did you mean start?); see leveret --help");
  assert.match(refusal('start', 'now'), /^too many arguments/);
});
