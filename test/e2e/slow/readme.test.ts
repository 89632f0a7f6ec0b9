import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { command, serve } from './installed.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const weir = join(repository, 'bin/weir.js');

test(
  'the first screen of the README does what it says: the YAML, the curl, what comes out',
  { timeout: 60_000 },
  async () => {
    const readme = await readFile(join(repository, 'README.md'), 'utf8');
    const yaml = block(readme, 'yaml');
    const curl = block(readme, 'sh')
      .split('\n')
      .filter((line) => !line.startsWith('bin/weir.js'))
      .join('\n');
    const promised = lastBlock(readme.slice(0, readme.indexOf('## Try it')));
    const folder = await mkdtemp(join(tmpdir(), 'weir-readme-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));

    const display = await displaying();
    await writeFile(join(folder, 'weir.yaml'), yaml.replace('http://127.0.0.1:8090/', display.url));
    await using serving = await serve(weir, ['weir.yaml', '--data', 'data'], folder);
    const posted = await command('bash', ['-c', curl.replace('http://127.0.0.1:8080', serving.listen)], folder);

    expect(posted.stdout).toMatch(/^HTTP\/1\.1 202 Accepted\r\n/);
    const lines = promised.split('\n');
    const shown = await display.lines(lines.length);
    expect(shown.map(withoutTimes)).toEqual(lines.map(withoutTimes));
  },
);

function withoutTimes(line: string): string {
  return line.replaceAll(/\d{4}-\d\d-\d\dT|\d\d:\d\d:\d\d\.\d+Z?/g, '*');
}

/** What stands in the first block of a language. */
function block(markdown: string, language: string): string {
  const found = new RegExp(`^\`\`\`${language}\\n([^]*?)\\n\`\`\`$`, 'm').exec(markdown)?.[1];
  if (found === undefined) throw new Error(`README.md has no block of ${language}`);
  return found;
}

/** What stands in the last block that names no language. */
function lastBlock(markdown: string): string {
  const found = [...markdown.matchAll(/^```(\w*)\n([^]*?)\n```$/gm)].findLast(([, language]) => language === '')?.[2];
  if (found === undefined) throw new Error('README.md does not say what comes out');
  return found;
}

/** A running `weir display` on a free port. */
async function displaying(): Promise<{
  readonly url: string;
  readonly lines: (count: number) => Promise<readonly string[]>;
}> {
  const child = spawn(process.execPath, [weir, 'display', '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  const out = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  for await (const line of createInterface({ input: child.stderr })) {
    const url = /http:\S+/.exec(line)?.[0];
    if (url === undefined) continue;
    const lines = async (count: number): Promise<readonly string[]> => {
      const shown: string[] = [];
      while (shown.length < count) {
        const next = await out.next();
        if (next.done === true) break;
        shown.push(next.value);
      }
      return shown;
    };
    return { url: url.endsWith('/') ? url : `${url}/`, lines };
  }
  throw new Error('weir display ended');
}
