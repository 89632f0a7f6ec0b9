import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import type { Channel } from '../../channels/channel.ts';
import { EVENT, served, type Served } from '../support/ingress.ts';
import { send, type Answered } from '../support/raw-http.ts';

const BODY = 'x'.repeat(80);
/** Longer than a busy machine needs. */
const WAITING = { timeout: 20_000 };
const ROOM_FOR_TWO = { appendQueueBytes: 200 };

/** Ingress whose broker `orders` stores nothing until the gate opens, beside `other`, which does what `append` says. */
async function twoBrokers(append: Channel['append'] = async () => undefined) {
  const gate = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const ingress = await served({
    limits: ROOM_FOR_TWO,
    append: async () => {
      began.resolve();
      await gate.promise;
    },
  });
  const channel = { append } as Partial<Channel> as Channel;
  const received = ingress.metrics.counter('other', '');
  ingress.routes.set({ broker: { namespace: 'default', name: 'other' }, channel, waiting: '', received });
  const other = ingress.url.replace('orders', 'other');
  const post = (url: string, body = BODY): Promise<Answered> => send(url, { headers: EVENT, body });
  return { ...ingress, other, post, gate, began: began.promise };
}

/** What an answer says to its sender. */
function told(answered: Answered): unknown[] {
  return [answered.status, answered.headers['retry-after'], JSON.parse(answered.text).code];
}

/** A sender that has sent 80 bytes of a body that goes on. */
function slowSender(url: string): { readonly sent: ClientRequest; readonly answered: Promise<IncomingMessage> } {
  const headers = [...EVENT, 'Host', new URL(url).host, 'Transfer-Encoding', 'chunked'];
  const sent = request(url, { method: 'POST', agent: false, headers });
  sent.on('error', () => undefined);
  sent.write(BODY);
  return { sent, answered: once(sent, 'response').then(([response]) => response) };
}

async function queued({ metrics }: Served): Promise<string | undefined> {
  return /^weir_ingress_queued_bytes (\d+)$/m.exec((await metrics.scrape()).text)?.[1];
}

test('the senders of one broker beyond half of the queue are answered 429 with Retry-After, and those of another 202', async () => {
  const { url, other, post, gate, began } = await twoBrokers();
  const first = post(url);
  await began;
  expect(told(await post(url))).toEqual([429, '1', 'too-many-requests']);
  expect((await post(other)).status).toBe(202);
  gate.resolve();
  expect((await first).status).toBe(202);
  expect((await post(url)).status).toBe(202);
});

test('when the queue is full, whoever filled it, the answer is 503', async () => {
  const gate = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const { url, other, post, ...brokers } = await twoBrokers(async () => {
    began.resolve();
    await gate.promise;
  });
  const stored = [post(url), post(other)];
  await Promise.all([began.promise, brokers.began]);
  expect(told(await post(url))).toEqual([503, '1', 'overloaded']);
  expect(told(await post(other))).toEqual([503, '1', 'overloaded']);
  for (const one of [gate, brokers.gate]) one.resolve();
  expect((await Promise.all(stored)).map(({ status }) => status)).toEqual([202, 202]);
});

test('bodies that arrive slowly count as they come: the one too many is answered 429, the others go on', async () => {
  const brokers = await twoBrokers();
  brokers.gate.resolve();
  const first = slowSender(brokers.url);
  await expect.poll(() => queued(brokers), WAITING).toBe('80');
  const second = slowSender(brokers.url);
  expect((await second.answered).statusCode).toBe(429);
  second.sent.end();
  expect((await brokers.post(brokers.other)).status).toBe(202);
  first.sent.end();
  expect((await first.answered).statusCode).toBe(202);
  await expect.poll(() => queued(brokers), WAITING).toBe('0');
});

test('a sender that goes away gives its part of the queue back', async () => {
  const brokers = await twoBrokers();
  brokers.gate.resolve();
  const first = slowSender(brokers.url);
  await expect.poll(() => queued(brokers), WAITING).toBe('80');
  first.answered.catch(() => undefined);
  first.sent.destroy();
  await expect.poll(() => queued(brokers), WAITING).toBe('0');
  expect((await brokers.post(brokers.url)).status).toBe(202);
});

test('one body may have more than half, and a broker without others all of it', async () => {
  const brokers = await twoBrokers();
  const { url, other, post, routes, gate } = brokers;
  expect((await post(other, 'x'.repeat(190))).status).toBe(202);
  for (const name of ['other', 'late']) routes.delete({ namespace: 'default', name });
  const both = Promise.all([post(url), post(url)]);
  await expect.poll(() => queued(brokers), WAITING).toBe('160');
  gate.resolve();
  expect((await both).map(({ status }) => status)).toEqual([202, 202]);
});
