import { createHmac } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { httpServer, listen } from '../../broker/listener.ts';
import { webhooks } from '../../broker/webhooks.ts';
import type { WebhookRequest } from '../../sources/source.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { send } from '../support/raw-http.ts';
import { Lines } from '../support/serving.ts';

const PATH = '/-/sources/default/githubsource/repo';

async function served(
  answer: (request: WebhookRequest) => Promise<{ status: number; headers: Record<string, string>; body: string }>,
  log: Lines = new Lines(),
): Promise<string> {
  const handle = webhooks({
    clock: new FakeClock(),
    log,
    bodyBytes: 1000,
    sink: () => undefined,
    find: ({ namespace, kind, name }) =>
      `${namespace}/${kind}/${name}` === 'default/githubsource/repo' ? answer : undefined,
  });
  const server = httpServer(handle, { headerBytes: 16_384, headers: [] });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `${await listen(server, { host: '127.0.0.1', port: 0 }, '--listen')}${PATH}`;
}

const accepted = { status: 202, headers: { 'content-type': 'application/json' }, body: '{"accepted":1}' };

test('the source gets method, raw headers and the bytes as they came, whatever their type', async () => {
  const got: WebhookRequest[] = [];
  const url = await served(async (request) => {
    got.push(request);
    return accepted;
  });
  const bytes = new Uint8Array([0x7b, 0xff, 0x00, 0x20]);
  const answered = await send(url, {
    headers: ['Content-Type', 'application/json', 'X-A', '1', 'x-a', '2'],
    body: bytes,
  });
  expect([answered.status, answered.text]).toEqual([202, '{"accepted":1}']);
  expect([got[0]?.method, [...(got[0]?.body ?? [])]]).toEqual(['POST', [...bytes]]);
  expect(got[0]?.rawHeaders.filter((part) => /^x-a$/i.test(part))).toEqual(['X-A', 'x-a']);
});

test('a bug is logged with the path, and without the query: a sender may have its token there', async () => {
  const lines = new Lines();
  const url = await served(() => Promise.reject(new Error('a bug')), lines);
  expect((await fetch(`${url}?access_token=hunter2`, { method: 'POST', body: 'x' })).status).toBe(500);
  expect(lines.all.map(({ name, fields }) => [name, fields['path']])).toEqual([['webhook.failed', PATH]]);
  expect(JSON.stringify(lines.all)).not.toContain('hunter2');
});

test('what the source answers is the answer, headers included', async () => {
  const url = await served(async () => ({
    status: 503,
    headers: { 'retry-after': '5', 'content-type': 'application/json' },
    body: '{}',
  }));
  const answered = await send(url, { body: 'x' });
  expect([answered.status, answered.headers['retry-after']]).toEqual([503, '5']);
});

test.each([
  '/-/',
  '/-/sources/default/githubsource',
  '/-/sources/default/githubsource/other',
  '/-/sources/other/githubsource/repo',
])('%s is 404', async (path) => {
  const url = await served(async () => accepted);
  const answered = await send(url, { path, body: 'x' });
  expect([answered.status, JSON.parse(answered.text).code]).toEqual([404, 'not-found']);
});

test('a body above the limit is 413, and the source never sees it', async () => {
  let calls = 0;
  const url = await served(async () => {
    calls += 1;
    return accepted;
  });
  const answered = await send(url, { headers: ['Content-Type', 'application/json'], body: 'x'.repeat(1001) });
  expect([answered.status, JSON.parse(answered.text).code, calls]).toEqual([413, 'event-too-large', 0]);
});

test('other methods reach the source, which knows what it takes', async () => {
  const url = await served(async ({ method }) => ({ ...accepted, status: method === 'GET' ? 405 : 202 }));
  expect((await send(url, { method: 'GET' })).status).toBe(405);
});

test('a bug of a source is 500 and says nothing of itself', async () => {
  const url = await served(() => Promise.reject(new TypeError(createHmac('sha256', 'x').digest('hex'))));
  const answered = await send(url, { body: 'x' });
  expect([answered.status, JSON.parse(answered.text)]).toEqual([
    500,
    { code: 'internal', message: 'a bug in Weir; its log says more' },
  ]);
});
