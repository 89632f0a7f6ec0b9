import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { httpServer, listen } from '../../broker/listener.ts';
import { webhooks } from '../../broker/webhooks.ts';
import { UnavailableError } from '../../events/errors.ts';
import type { WebhookRequest } from '../../sources/source.ts';
import type { EventSink } from '../../triggers/sinks/sink.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { send } from '../support/raw-http.ts';
import { Lines } from '../support/serving.ts';

/** As long as a name may be. */
const LONG = `default/githubsource/${'n'.repeat(253)}`;
const PATH = '/-/sources/default/githubsource/repo';

/** A sink that takes nothing now. */
const LATER: EventSink = {
  prepare: async () => undefined,
  put: () => Promise.reject(new UnavailableError('too-many-requests', 'later', { retryAfterMs: 7000 })),
  [Symbol.asyncDispose]: async () => undefined,
};

async function served(
  answer: (request: WebhookRequest) => Promise<{ status: number; headers: Record<string, string>; body: string }>,
  log: Lines = new Lines(),
): Promise<string> {
  // As a source does.
  const given = async (request: WebhookRequest): ReturnType<typeof answer> => {
    if (request.unread) throw request.unread;
    return answer(request);
  };
  const handle = webhooks({
    clock: new FakeClock(),
    log,
    bodyBytes: 1000,
    queueBytes: 1500,
    sink: () => LATER,
    find: ({ namespace, kind, name }) =>
      [`default/githubsource/repo`, LONG].includes(`${namespace}/${kind}/${name}`) ? given : undefined,
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

test('a name as long as names may be is found', async () => {
  const url = await served(async () => accepted);
  expect((await send(url, { path: `/-/sources/${LONG}`, body: 'x' })).status).toBe(202);
});

test('all bodies together are bounded until they are answered, and then others are taken', async () => {
  const answering = Promise.withResolvers<typeof accepted>();
  const reached = Promise.withResolvers<void>();
  const url = await served(() => {
    reached.resolve();
    return answering.promise;
  });
  const body = 'x'.repeat(800);
  const first = send(url, { body });
  await reached.promise;
  const refused = await send(url, { body });
  expect([refused.status, JSON.parse(refused.text).code, refused.headers['retry-after']]).toEqual([
    503,
    'overloaded',
    '1',
  ]);
  answering.resolve(accepted);
  expect((await first).status).toBe(202);
  expect((await send(url, { body })).status).toBe(202);
});

test('a body in pieces is bounded as one whose length is known', async () => {
  const url = await served(async () => accepted);
  const answered = await send(url, { body: ['x'.repeat(600), 'x'.repeat(600)] });
  expect([answered.status, JSON.parse(answered.text).code]).toEqual([413, 'event-too-large']);
});

test('a sender that goes away in the middle of its body is no bug', async () => {
  const lines = new Lines();
  const url = await served(async () => accepted, lines);
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n${'x'.repeat(800)}`);
  socket.end();
  await once(socket.resume(), 'close');
  // What it held is free again.
  expect((await send(url, { body: 'x'.repeat(900) })).status).toBe(202);
  expect(lines.all).toEqual([]);
});

test('when a sink says to come later, so does its address', async () => {
  const url = await served(async () => accepted);
  const event = JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type: 't' });
  const answered = await send(url, {
    path: '/-/sinks/default/kafkasink/x',
    headers: ['Content-Type', 'application/cloudevents+json'],
    body: event,
  });
  expect([answered.status, answered.headers['retry-after']]).toEqual([429, '7']);
});
