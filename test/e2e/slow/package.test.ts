import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, install, oldNode, serve } from './installed.ts';
import type { Installed } from './installed.ts';

const old = await oldNode();
const checkout = fileURLToPath(new URL('../../../bin/weir.js', import.meta.url));
let folder: string;
let installed: Installed;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-package-'));
  installed = await install(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the published package', { timeout: 60_000 }, () => {
  test('holds what was built, and neither sources nor tests', () => {
    expect(installed.files).toContain('bin/weir.js');
    expect(installed.files).toContain('dist/cli/main.js');
    expect(installed.files).toContain('LICENSE');
    expect(installed.files.filter((path) => /(?<!\.d)\.ts$|^(test|bench|runtime|examples)\//.test(path))).toEqual([]);
  });

  test('its programmatic entry is there, with types', async () => {
    const script = "import('@weir-events/weir').then((weir) => console.log(typeof weir.open))";
    expect(await command(process.execPath, ['-e', script], folder)).toEqual({
      exitCode: 0,
      stdout: 'function\n',
      stderr: '',
    });
    expect(installed.files).toContain('dist/broker/open.d.ts');
  });

  test('serves, takes an event, and delivers it after kill -9 and a restart', async () => {
    const arrivals: ((request: IncomingMessage, response: ServerResponse) => void)[] = [];
    await using subscriber = await listening((request, response) => {
      request.resume();
      arrivals.shift()?.(request, response);
    });
    const arrival = (): Promise<readonly [IncomingMessage, ServerResponse]> =>
      new Promise((resolve) => arrivals.push((...pair) => resolve(pair)));
    await writeFile(join(folder, 'weir.yaml'), yaml(subscriber.url));
    const words = ['weir.yaml', '--data', 'data'];

    const unanswered = arrival();
    {
      await using first = await serve(installed.weir, words, folder);
      const sent = await command(
        installed.weir,
        ['send', '--data-folder', 'data', '--id', 'survivor', '--type', 'hello', '--data', '{"n":1}'],
        folder,
      );
      expect(sent).toMatchObject({ exitCode: 0, stderr: '' });
      await unanswered;
      await first.kill();
    }

    const again = arrival();
    await using _second = await serve(installed.weir, words, folder);
    const [request, response] = await again;
    response.writeHead(200).end();
    expect(request.headers['ce-id']).toBe('survivor');
  });
});

describe('under a Node.js that is too old', { timeout: 60_000 }, () => {
  test('the installed command says in one line what is needed', async (context) => {
    if (old === undefined) return context.skip('there is no older node on PATH');
    const ended = await command(old, [join(installed.home, 'bin/weir.js'), 'serve'], folder);
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toMatch(
      /^weir: needs Node\.js 24\.11 or newer \(this is v\d+\.\d+\.\d+\); [^\n]*install[^\n]*\n$/,
    );
  });

  test('a checkout hands over to the one it pins, arguments, output and exit code included', async (context) => {
    if (old === undefined) return context.skip('there is no older node on PATH');
    const [handed, direct] = [
      await command(old, [checkout, 'no-such-command'], folder),
      await command(process.execPath, [checkout, 'no-such-command'], folder),
    ];
    expect(handed).toEqual(direct);
    expect(handed.exitCode).toBe(2);
  });

  test('a checkout passes signals on to the one it pins', async (context) => {
    if (old === undefined) return context.skip('there is no older node on PATH');
    const wrapper = join(folder, 'weir-under-old-node');
    await writeFile(wrapper, `#!/bin/sh\nexec '${old}' '${checkout}' "$@"\n`, { mode: 0o755 });
    const serving = await serve(wrapper, ['--data', 'signals'], folder);
    expect(await serving.stop()).toBe(0);
    await expect(fetch(serving.listen)).rejects.toThrow('fetch failed');
  });
});

function yaml(subscriber: string): string {
  return `apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: { name: default, namespace: default }
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: { name: all, namespace: default }
spec:
  broker: default
  subscriber: { uri: '${subscriber}' }
`;
}

async function listening(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<AsyncDisposable & { readonly url: string }> {
  const server: Server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
