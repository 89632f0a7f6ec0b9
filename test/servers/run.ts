import { spawnSync } from 'node:child_process';
import { SERVERS, serverScript } from './server.ts';

const USAGE = `usage: npm run servers -- install [${SERVERS.join(' | ')}]...\n`;

/** `npm run servers -- install [NAME...]`: installs the servers that `npm run test:servers` needs, all of them or those named. What is there already is left as it is. */
function main([verb, ...names]: readonly string[]): number {
  const chosen = SERVERS.filter((name) => names.length === 0 || names.includes(name));
  if (verb !== 'install' || chosen.length < names.length) {
    process.stderr.write(USAGE);
    return 2;
  }
  const failed = chosen.filter((name) => !installed(name));
  if (failed.length > 0) process.stderr.write(`not installed: ${failed.join(', ')}\n`);
  return failed.length > 0 ? 1 : 0;
}

function installed(name: (typeof SERVERS)[number]): boolean {
  process.stdout.write(`${name}: install\n`);
  const { status } = spawnSync(serverScript(name), ['install'], { stdio: ['ignore', 'ignore', 'inherit'] });
  return status === 0;
}

process.exitCode = main(process.argv.slice(2));
