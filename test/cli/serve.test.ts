import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { send } from '../support/raw-http.ts';
import { ownFolder } from '../support/serving.ts';
import { weir, weirServing } from '../support/weir-command.ts';

const PORTS = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--log', 'json'];
const EVENT = ['ce-specversion', '1.0', 'ce-id', '1', 'ce-source', '/s', 'ce-type', 't'];

test('without a path there is one broker, default/default; its commands find it; SIGTERM ends it with 0 and takes the address back', async () => {
  const cwd = await ownFolder();
  const running = await weirServing(['serve', ...PORTS], { cwd });
  expect((await send(`${running.listen}/default/default`, { headers: EVENT, body: '{}' })).status).toBe(202);
  const kept = JSON.parse(await readFile(join(cwd, '.weir/weir.json'), 'utf8'));
  expect(kept).toEqual({ pid: running.pid, listen: running.listen, admin: running.admin });

  const brokers = await weir(['get', 'brokers'], { cwd });
  expect(
    brokers.out
      .split('\n')
      .slice(0, 2)
      .map((line) => line.split(/\s{3,}/)),
  ).toEqual([
    ['NAMESPACE', 'NAME', 'URL', 'READY', 'REASON'],
    ['default', 'default', `${running.listen}/default/default`, 'True'],
  ]);

  expect(await running.stop()).toBe(0);
  await expect(readFile(join(cwd, '.weir/weir.json'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('./weir.yaml is served when no path is given', async () => {
  const cwd = await ownFolder();
  await writeFile(
    join(cwd, 'weir.yaml'),
    'apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: { name: own }\n',
  );
  const running = await weirServing(['serve', ...PORTS], { cwd });
  expect((await send(`${running.listen}/default/own`, { headers: EVENT, body: '{}' })).status).toBe(202);
  expect((await send(`${running.listen}/default/default`, { headers: EVENT, body: '{}' })).status).toBe(404);
});

test('a refused resource is printed with file, line and path, a foreign kind once; the rest runs', async () => {
  const cwd = await ownFolder();
  const service = (name: string): string => `---\napiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name} }\n`;
  const bad =
    'apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: { name: bad }\nspec:\n  broker: own\n  subscriber: { uri: nowhere }\n';
  await writeFile(
    join(cwd, 'all.yaml'),
    `apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: { name: own }\n---\n${bad}${service('a')}${service('b')}`,
  );
  const running = await weirServing(['serve', 'all.yaml', ...PORTS], { cwd });
  expect((await send(`${running.listen}/default/own`, { headers: EVENT, body: '{}' })).status).toBe(202);
  await running.stop();
  const lines = running
    .err()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.filter((line) => line.msg === 'resource.refused').map((line) => line.error)).toEqual([
    expect.stringMatching(/^all\.yaml:\d+: .*spec\.subscriber/),
  ]);
  expect(lines.filter((line) => line.msg === 'resource.foreign').map((line) => line.kind)).toEqual(['Deployment']);
});

test.each([
  ['--listen', '8080'],
  ['--admin', '8081'],
])('a port of %s that is in use is exit code 1 and says what to change', async (flag) => {
  const taken = createServer();
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  onTestFinished(() => void taken.close());
  const address = taken.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const ended = await weir(['serve', ...PORTS, flag, `127.0.0.1:${port}`], { cwd: await ownFolder() });
  expect(ended).toEqual({ code: 1, out: '', err: `weir: port ${port} is in use; choose another with ${flag}\n` });
});

test('a second process on one data folder is exit code 1 and says who has it', async () => {
  const cwd = await ownFolder();
  const first = await weirServing(['serve', ...PORTS], { cwd });
  const second = await weir(['serve', ...PORTS], { cwd });
  expect([second.code, second.out]).toEqual([1, '']);
  expect(second.err).toMatch(/^weir: .*\.weir.*\n$/);
  expect((await send(`${first.listen}/default/default`, { headers: EVENT, body: '{}' })).status).toBe(202);
});

test('a path that is not there is exit code 2 and named', async () => {
  const ended = await weir(['serve', 'nothing.yaml', ...PORTS], { cwd: await ownFolder() });
  expect([ended.code, ended.out]).toEqual([2, '']);
  expect(ended.err).toMatch(/^weir: .*nothing\.yaml.*\n$/);
});

test('the address of a process that was killed is not believed', async () => {
  const cwd = await ownFolder();
  const running = await weirServing(['serve', ...PORTS], { cwd });
  await running.stop('SIGKILL');
  expect((await weir(['get', 'brokers'], { cwd })).err).toContain('no weir serves ".weir"');
});

test('with a token, other commands need the file too', async () => {
  const cwd = await ownFolder();
  await writeFile(join(cwd, 'token'), 'a-token-of-twenty-one\n');
  await weirServing(['serve', ...PORTS, '--admin-token-file', 'token'], { cwd });
  expect((await weir(['get', 'brokers'], { cwd })).code).toBe(1);
  expect((await weir(['get', 'brokers', '--admin-token-file', 'token'], { cwd })).code).toBe(0);
  expect(await weir(['get', 'brokers', '--admin-token-file', 'nothing'], { cwd })).toEqual({
    code: 2,
    out: '',
    err: 'weir: --admin-token-file: "nothing" cannot be read; name a file that holds the token\n',
  });
});

test('what is declared and cannot work is a line of the log with what to do; after a restart again', async () => {
  const cwd = await ownFolder();
  await writeFile(
    join(cwd, 'weir.yaml'),
    'apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: { name: lost }\nspec: { broker: nowhere, subscriber: { uri: "http://127.0.0.1:9/" } }\n',
  );
  for (const _start of ['first', 'second']) {
    const running = await weirServing(['serve', ...PORTS], { cwd });
    expect(await running.stop()).toBe(0);
    const lines = running.err().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line)).filter((line) => line.msg === 'resource.not-ready')).toEqual([
      {
        time: expect.anything(),
        level: 'warn',
        msg: 'resource.not-ready',
        kind: 'Trigger',
        name: 'default/lost',
        error: 'spec.broker: there is no Broker nowhere in this namespace; declare it',
      },
    ]);
  }
});

test('a stop that waits for a delivery says so, and how to end it at once', async () => {
  const cwd = await ownFolder();
  const arrived = Promise.withResolvers<void>();
  const silent = createHttpServer(() => arrived.resolve());
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close().closeAllConnections());
  const address = silent.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  await writeFile(
    join(cwd, 'weir.yaml'),
    `apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: { name: own }\n---\napiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: { name: slow }\nspec: { broker: own, subscriber: { uri: "http://127.0.0.1:${port}/" } }\n`,
  );
  const running = await weirServing(['serve', ...PORTS, '--limit', 'drain=2s'], { cwd });
  await send(`${running.listen}/default/own`, { headers: EVENT, body: '{}' });
  await arrived.promise;
  expect(await running.stop('SIGINT')).toBe(0);
  expect(running.err()).toContain('"msg":"shutdown.waiting"');
  expect(running.err()).toContain('again ends it at once');
});
