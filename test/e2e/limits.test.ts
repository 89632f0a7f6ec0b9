import { writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_LIMITS, type Limits } from '../../broker/limits.ts';
import { listen as listenOn } from '../../broker/listener.ts';
import { attribute } from '../../events/event.ts';
import { EVENT } from '../support/ingress.ts';
import { send } from '../support/raw-http.ts';
import { ownFolder, serving } from '../support/serving.ts';
import { subscriber } from '../support/subscriber.ts';
import { brokerYaml, triggerYaml } from '../support/yaml.ts';

/** A subscriber that answers nothing by itself: what it holds, how many it held at most, and how many requests came. */
interface Holding {
  readonly url: string;
  readonly held: ServerResponse[];
  most: number;
  came: number;
  /** From now on it answers everything. */
  readonly free: () => void;
}

/** Longer than a busy machine needs. */
const WAITING = { timeout: 20_000 };

async function holding(answer?: (response: ServerResponse) => void): Promise<Holding> {
  const held: ServerResponse[] = [];
  let freed = answer;
  const server = createServer((request, response) => {
    request.resume();
    result.came += 1;
    if (freed) return freed(response);
    held.push(response);
    result.most = Math.max(result.most, held.length);
  });
  // It is never the one that closes a connection.
  server.keepAliveTimeout = 600_000;
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const accept = (response: ServerResponse): void => void response.writeHead(202).end();
  const free = (): void => {
    freed = accept;
    held.splice(0).forEach(accept);
  };
  const url = await listenOn(server, { host: '127.0.0.1', port: 0 }, '--listen');
  const result = { url, held, most: 0, came: 0, free };
  return result;
}

function answerAll(...subscribers: readonly Holding[]): void {
  for (const { held } of subscribers) for (const response of held.splice(0)) response.writeHead(202).end();
}

/** A process with one broker and these triggers, on the embedded channel. */
async function limited(limits: Partial<Limits>, triggers: readonly string[], channel = 'embedded') {
  const file = join(await ownFolder(), 'weir.yaml');
  await writeFile(file, [brokerYaml(), ...triggers].join(''));
  const running = await serving({ paths: [file], channel, limits: { ...DEFAULT_LIMITS, drainMs: 100, ...limits } });
  const scrape = async (): Promise<string> => (await send(`${running.admin}/metrics`, { method: 'GET' })).text;
  return {
    ...running,
    /** Sends `count` events, one after the other; answers the last status. */
    async send(count: number, bodyBytes = 1): Promise<number> {
      let status = 0;
      const body = 'x'.repeat(bodyBytes);
      for (let i = 0; i < count; i += 1)
        ({ status } = await send(`${running.listen}/default/default`, { headers: EVENT, body }));
      return status;
    },
    /** A metric's value; one trigger's where there are several. */
    metric: async (name: string): Promise<number> =>
      Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(await scrape())?.[1]),
  };
}

test('a trigger has no more deliveries unsettled than the limit, and the next comes when one is settled', async () => {
  const sink = await holding();
  const running = await limited({ inFlight: 2 }, [triggerYaml('a', sink.url)]);
  await running.send(5);
  for (const came of [2, 4, 5]) {
    await expect.poll(() => sink.came, WAITING).toBe(came);
    answerAll(sink);
  }
  expect(sink.most).toBe(2);
});

test('all triggers together have no more connections open than the limit', async () => {
  const sinks = [await holding(), await holding()];
  const triggers = sinks.map(({ url }, i) => triggerYaml(`t${i}`, url));
  const running = await limited({ sockets: 2 }, triggers);
  await running.send(4);
  const held = (): number => sinks.reduce((sum, sink) => sum + sink.held.length, 0);
  const came = (): number => sinks.reduce((sum, sink) => sum + sink.came, 0);
  while (came() < 8) {
    await expect.poll(held, WAITING).toBe(2);
    expect(await running.metric('weir_sockets')).toBe(2);
    expect(held()).toBe(2);
    answerAll(...sinks);
  }
  answerAll(...sinks);
});

test('connections to a subscriber that gets nothing are closed after the limit', async () => {
  const sink = await holding((response) => response.writeHead(202, { 'keep-alive': 'timeout=60' }).end());
  const running = await limited({ idleOriginMs: 50 }, [triggerYaml('a', sink.url)]);
  await running.send(1);
  await expect.poll(() => sink.came, WAITING).toBe(1);
  await expect.poll(() => running.metric('weir_sockets'), WAITING).toBe(0);
});

test.each([
  ['of the limit is an event of the broker', 2000, 202],
  ['beyond the limit is a failed attempt, and nobody sees it', 2001, undefined],
])('a reply %s', async (_name, bytes, status) => {
  const replier = await holding((response) => {
    response.writeHead(200, { 'ce-specversion': '1.0', 'ce-id': 'r', 'ce-source': '/r', 'ce-type': 'reply' });
    response.end('y'.repeat(bytes));
  });
  const sink = await subscriber();
  const running = await limited({ replyBytes: 2000 }, [
    triggerYaml('asks', replier.url, { filters: [{ exact: { type: 't' } }], delivery: { retry: 0 } }),
    triggerYaml('hears', sink.url, { filters: [{ exact: { type: 'reply' } }] }),
  ]);
  await running.send(1);
  if (status === undefined) await running.lines.first('delivery.dead-lettered');
  else await sink.first(() => true);
  expect(sink.received.map((one) => one.status)).toEqual(status === undefined ? [] : [status]);
});

test("of a subscriber's error as much as the limit is kept", async () => {
  const broken = await holding((response) => response.writeHead(400).end('0123456789ABCDEF'));
  const sink = await subscriber();
  const delivery = { retry: 0, deadLetterSink: { uri: sink.url } };
  const running = await limited({ errorBytes: 10 }, [triggerYaml('a', broken.url, { delivery })]);
  await running.send(1);
  const { event } = await sink.first(() => true);
  expect(Buffer.from(String(attribute(event, 'knativeerrordata')), 'base64').toString()).toBe('0123456789');
});

test('bodies that wait for stuck subscribers stay in memory up to the limit, and the rest is read again from the log', async () => {
  const [stuck, lively] = [await holding(), await subscriber()];
  const limit = 256 * 1024;
  const names = Array.from({ length: 12 }, (_, i) => `stuck-${i}`);
  const running = await limited({ bodyMemoryBytes: limit, inFlight: 1 }, [
    ...names.map((name) => triggerYaml(name, stuck.url)),
    triggerYaml('lively', lively.url),
  ]);
  const [count, bytes] = [40, 4096];
  await running.send(count, bytes);
  await expect.poll(() => lively.received.length, WAITING).toBe(count);
  await expect.poll(() => stuck.held.length, WAITING).toBe(names.length);
  // Each may hold an eighth and what it has in flight: together more than all may.
  const inMemory = await running.metric('weir_body_memory_bytes');
  expect(inMemory).toBeGreaterThan(limit / 2);
  expect(inMemory).toBeLessThanOrEqual(limit);
  stuck.free();
  await expect.poll(() => stuck.came, WAITING).toBe(count * names.length);
  await expect.poll(() => running.metric('weir_body_memory_bytes'), WAITING).toBe(0);
});

test('one stuck trigger queues no more than an eighth of what all may hold in memory', async () => {
  const stuck = await holding();
  const [limit, bytes] = [256 * 1024, 4096];
  const running = await limited({ bodyMemoryBytes: limit, inFlight: 1 }, [triggerYaml('stuck', stuck.url)]);
  await running.send(20, bytes);
  await expect.poll(() => stuck.held.length, WAITING).toBe(1);
  const inFlight = bytes + 100;
  expect(await running.metric('weir_body_memory_bytes')).toBeLessThanOrEqual(limit / 8 + inFlight);
  stuck.free();
  await expect.poll(() => stuck.came, WAITING).toBe(20);
});

test('a trigger with as many dead letters as the limit is held and loses nothing; discarding them lets it go on', async () => {
  const broken = await holding((response) => response.writeHead(400).end());
  const running = await limited({ deadLetters: 2, inFlight: 1 }, [
    triggerYaml('a', broken.url, { delivery: { retry: 0 } }),
  ]);
  await running.send(5);
  await expect.poll(() => running.metric('weir_trigger_held'), WAITING).toBe(1);
  expect(await running.metric('weir_dead_letters')).toBe(2);
  expect(await running.metric('weir_backlog_events')).toBe(3);
  expect(broken.came).toBe(2);
  const api = `${running.admin}/api/v1/brokers/default/default/triggers/a/dead-letters`;
  const { items } = JSON.parse((await send(api, { method: 'GET' })).text);
  const ids = items.map(({ id }: { id: string }) => id);
  const headers = ['Content-Type', 'application/json'];
  expect((await send(`${api}/discard`, { headers, body: JSON.stringify({ ids }) })).status).toBe(200);
  await expect.poll(() => broken.came, WAITING).toBe(4);
  await expect.poll(() => running.metric('weir_dead_letters'), WAITING).toBe(2);
});

test('a trigger whose dead letters have as many bytes as the limit is held', async () => {
  const broken = await holding((response) => response.writeHead(400).end());
  const running = await limited({ deadLetterBytes: 5000, inFlight: 1 }, [
    triggerYaml('a', broken.url, { delivery: { retry: 0 } }),
  ]);
  await running.send(4, 3000);
  await expect.poll(() => running.metric('weir_trigger_held'), WAITING).toBe(1);
  expect([await running.metric('weir_dead_letters'), broken.came]).toEqual([2, 2]);
});

test('a trigger with as many events waiting for their retry as the limit takes no more, and others are not held up', async () => {
  const broken = await holding((response) => response.writeHead(503).end());
  const sink = await subscriber();
  const running = await limited({ triggerRows: 3 }, [
    triggerYaml('a', broken.url, { delivery: { retry: 5, backoffDelay: 'PT1H' } }),
    triggerYaml('b', sink.url),
  ]);
  await running.send(3);
  await expect.poll(() => running.lines.all.filter(({ name }) => name === 'delivery.failed').length, WAITING).toBe(3);
  await running.send(7);
  await expect.poll(() => sink.received.length, WAITING).toBe(10);
  expect(broken.came).toBe(3);
  expect(await running.metric('weir_backlog_events')).toBe(10);
});

test('a broker on the memory channel that is full answers 503, and takes events again when there is room', async () => {
  const sink = await holding();
  const running = await limited({ memoryChannelBytes: 65_536 }, [triggerYaml('a', sink.url)], 'memory');
  expect(await running.send(3, 20_000)).toBe(202);
  expect(await running.send(1, 20_000)).toBe(503);
  answerAll(sink);
  await expect.poll(() => running.send(1, 20_000), WAITING).toBe(202);
  answerAll(sink);
});
