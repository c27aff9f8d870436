// Programs of Debian's that some tests need.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** A package that is needed and can't be had: a reason to fail that needs no stack trace. */
export class PackageError extends Error {}

/**
 * Installs the packages whose files are not there, where that is possible: on Debian and its like, as root.
 * @param packages names by a file that each has
 * @throws PackageError
 */
export function installMissing(packages) {
  const names = [...packages].filter(([file]) => !existsSync(file)).map(([, name]) => name);
  if (names.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new PackageError(`needed, and not there: ${names.join(', ')} (on Debian: apt-get install them)`);
  }
  console.log(`Installing ${names.join(', ')} ...`);
  withoutStartingServices(() => {
    aptGet('update', '-q');
    aptGet('install', '-qy', '--no-install-recommends', ...names);
  });
}

/** Debian starts a service as it installs it, on its usual ports: those are not ours to take. */
function withoutStartingServices(install) {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return install();
  writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    rmSync(policy);
  }
}

function aptGet(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, error } = spawnSync('apt-get', args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new PackageError(`apt-get ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`);
}
