import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

/** npm run crash -- [--rounds N]: the kill -9 test with that many rounds; its last words are what was counted. */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '50' } } });
const words = ['run', '--config', 'vitest.slow.config.ts', 'test/e2e/slow/crash'];
const child = spawn('vitest', words, { stdio: 'inherit', env: { ...process.env, CRASH_ROUNDS: values.rounds } });
child.once('exit', (code) => process.exit(code ?? 1));
