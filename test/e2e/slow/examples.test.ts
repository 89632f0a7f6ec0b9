import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { command } from './installed.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

test(
  'npm start shows an event from cron, the printed curl, a filter, a retry and a dead letter',
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weir-start-'));
    const started = start(['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--data', folder]);
    onTestFinished(async () => {
      await started.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const curl = await started.block(/^ {2}curl /);
    expect((await command('bash', ['-c', curl], folder)).stdout).toMatch(/^HTTP\/1\.1 202 Accepted\r\n/);
    const shown = await Promise.all([
      started.line(/dev\.knative\.sources\.ping .* at \/everything$/),
      started.line(/order\.created from \/shop id 1 at \/orders$/),
      started.line(/ at \/fails-twice accepted at attempt 3$/),
      started.line(/ at \/fails-always refused with 503, attempt 2$/),
      started.line(/ at \/dead-letters$/),
    ]);
    expect(shown).toHaveLength(5);
    expect(started.said.filter((line) => line.endsWith(' at /orders') && !line.includes(' order.created '))).toEqual(
      [],
    );
  },
);

test('the example of a broker in a program tries its event three times, and ends', { timeout: 60_000 }, async () => {
  const { exitCode, stdout } = await command(process.execPath, [join(repository, 'examples/embed.ts')], tmpdir());
  expect(stdout.match(/^attempt \d: order\.\w+/gm)).toEqual([
    'attempt 1: order.created',
    'attempt 2: order.created',
    'attempt 3: order.created',
  ]);
  expect(exitCode).toBe(0);
});

interface Started {
  readonly said: readonly string[];
  /** The first line that matches, now or later. */
  line(pattern: RegExp): Promise<string>;
  /** The same with the lines it goes on in: as long as a line ends with a backslash. */
  block(pattern: RegExp): Promise<string>;
  stop(): Promise<void>;
}

/** `npm start -- WORDS` in this checkout, in a process group of its own. */
function start(words: readonly string[]): Started {
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
  const child: ChildProcess = spawn('npm', ['start', '--', ...words], {
    cwd: repository,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  const waiting = new Set<() => void>();
  if (child.stdout === null) throw new Error('no stdout');
  createInterface({ input: child.stdout }).on('line', (line) => {
    said.push(line);
    for (const look of waiting) look();
  });
  const found = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const again = (): void => {
        const value = look();
        if (value === undefined) return;
        waiting.delete(again);
        resolve(value);
      };
      waiting.add(again);
      child.once('exit', (code) => reject(new Error(`npm start ended with ${code}: ${said.join('\n')}`)));
      again();
    });
  return {
    said,
    line: (pattern) => found(() => said.find((line) => pattern.test(line))),
    block: (pattern) =>
      found(() => {
        const first = said.findIndex((line) => pattern.test(line));
        const rest = first === -1 ? [] : said.slice(first);
        const last = rest.findIndex((line) => !line.endsWith('\\'));
        return last === -1 ? undefined : rest.slice(0, last + 1).join('\n');
      }),
    async stop() {
      if (child.pid === undefined || child.exitCode !== null) return;
      const ended = once(child, 'exit');
      process.kill(-child.pid, 'SIGTERM');
      await ended;
    },
  };
}
