import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const weir = fileURLToPath(new URL('../../bin/weir.js', import.meta.url));

/** The first line of standard error of a `weir display` with these words, which is killed with the test. */
async function firstLine(...words: readonly string[]): Promise<unknown> {
  const child = spawn(process.execPath, [weir, 'display', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  const [line]: unknown[] = await once(createInterface({ input: child.stderr }), 'line');
  return line;
}

test('display without flags says where it listens', async () => {
  expect(await firstLine('--listen', '127.0.0.1:0')).toMatch(
    /^events sent to http:\/\/127\.0\.0\.1:\d+\/? are shown here$/,
  );
});

test('display takes several paths to fail on', async () => {
  expect(await firstLine('--listen', '127.0.0.1:0', '--fail', '/a', '--fail', '/b=2')).toMatch(/^events sent to /);
});
