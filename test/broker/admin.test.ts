import { request } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { adminHandler } from '../../broker/admin.ts';
import { adminGuard, readToken, requireToken } from '../../broker/admin-guard.ts';
import { httpServer, listen } from '../../broker/listener.ts';
import { send } from '../support/raw-http.ts';
import { Lines, ownFolder } from '../support/serving.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';

async function admin(
  options: { readonly host?: string; readonly token?: string; readonly waiting?: readonly string[] } = {},
): Promise<string> {
  const handler = adminHandler({
    guard: adminGuard(options.host ?? '127.0.0.1', options.token),
    log: new Lines(),
    waiting: () => options.waiting ?? [],
    scrape: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'weir_x 1\n' }),
    api: async () => (_request, response) => response.end('{"api":true}'),
  });
  const server = httpServer(handler, { headerBytes: 16_384, headers: [] });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return listen(server, { host: '127.0.0.1', port: 0 }, '--admin');
}

/** With the Host header as given. */
async function ask(
  url: string,
  path: string,
  { headers = [], method = 'GET' }: { readonly headers?: readonly string[]; readonly method?: string } = {},
): Promise<{ status: number; body: unknown }> {
  const { status, text } = await send(url, { method, path, headers });
  return { status, body: text.startsWith('{') ? JSON.parse(text) : text };
}

test('health is answered while it runs, readiness with what it waits for', async () => {
  const url = await admin({ waiting: ['broker default/a: is being opened'] });
  expect(await ask(url, '/healthz')).toEqual({ status: 200, body: { ok: true, waiting: [] } });
  expect(await ask(url, '/readyz')).toEqual({
    status: 503,
    body: { ok: false, waiting: ['broker default/a: is being opened'] },
  });
});

test('a ready process says so', async () => {
  expect(await ask(await admin(), '/readyz')).toEqual({ status: 200, body: { ok: true, waiting: [] } });
});

test('metrics are text for Prometheus', async () => {
  expect(await ask(await admin(), '/metrics')).toEqual({ status: 200, body: 'weir_x 1\n' });
});

test('what is not there is 404, and a method that does not fit 405', async () => {
  const url = await admin();
  expect((await ask(url, '/other')).status).toBe(404);
  expect((await ask(url, '/metrics', { method: 'POST' })).status).toBe(405);
});

test.each([
  ['evil.example', 403],
  ['127.0.0.1.evil.example', 403],
  ['localhost:99', 200],
  ['[::1]', 200],
  ['127.0.0.1', 200],
])('on loopback without a token, Host %s is answered %i: a rebound name is not ours', async (host, status) => {
  const url = await admin();
  const { hostname, port } = new URL(url);
  const answered = await new Promise<number | undefined>((resolve, reject) => {
    request({ host: hostname, port, path: '/metrics', headers: { host }, agent: false }, (response) =>
      resolve(response.resume().statusCode),
    )
      .on('error', reject)
      .end();
  });
  expect(answered).toBe(status);
});

test.each(['http://evil.example', 'null', 'http://127.0.0.1:1'])(
  'a page of origin %s may not use the API',
  async (origin) => {
    const url = await admin();
    expect(await ask(url, '/api/v1/x', { headers: ['Origin', origin], method: 'POST' })).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
  },
);

test('a page of its own origin may', async () => {
  const url = await admin();
  expect(await ask(url, '/api/v1/x', { headers: ['Origin', url], method: 'POST' })).toEqual({
    status: 200,
    body: { api: true },
  });
});

test.each([
  [[]],
  [['Authorization', `Bearer ${TOKEN}x`]],
  [['Authorization', `Basic ${TOKEN}`]],
  [['Authorization', 'Bearer']],
  [['Authorization', `Bearer ${TOKEN.slice(0, -1)}`]],
])('with a token, %j is 401', async (headers) => {
  const url = await admin({ token: TOKEN });
  const answered = await send(url, { method: 'GET', path: '/metrics', headers });
  expect([answered.status, answered.headers['www-authenticate'], JSON.parse(answered.text).code]).toEqual([
    401,
    'Bearer',
    'unauthorized',
  ]);
});

test('with the token everything is answered, under any name off loopback', async () => {
  const url = await admin({ host: '0.0.0.0', token: TOKEN });
  expect((await ask(url, '/metrics', { headers: ['Authorization', `bearer ${TOKEN}`] })).status).toBe(200);
});

test('a probe needs no token, and learns no names', async () => {
  const url = await admin({ token: TOKEN, waiting: ['broker default/secret-project: is being opened'] });
  expect(await ask(url, '/readyz')).toEqual({ status: 503, body: { ok: false } });
});

test('an address that others can reach needs a token', () => {
  expect(() => requireToken('0.0.0.0', undefined)).toThrow(/needs --admin-token-file/);
  expect(() => requireToken('', undefined)).toThrow(/needs --admin-token-file/);
  expect(() => requireToken('::', undefined)).toThrow(/needs --admin-token-file/);
  requireToken('127.0.0.1', undefined);
  requireToken('0.0.0.0', TOKEN);
});

test.each(['', 'short', 'with a space in the middle of it'])('a token file that holds %j is refused', async (text) => {
  const file = join(await ownFolder(), 'token');
  await writeFile(file, `${text}\n`);
  await expect(readToken(file)).rejects.toMatchObject({
    code: 'usage',
    message: expect.not.stringContaining('middle'),
  });
});

test('a token is read without the line end around it', async () => {
  const file = join(await ownFolder(), 'token');
  await writeFile(file, `${TOKEN}\n`);
  expect(await readToken(file)).toBe(TOKEN);
});
