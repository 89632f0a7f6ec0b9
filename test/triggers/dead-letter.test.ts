import { describe, expect, test } from 'vitest';
import type { Progress, Verdict } from '../../events/verdict.ts';
import { effectivePolicy } from '../../triggers/policy.ts';
import { serve, serveRaw, type Listening, type Received } from './http/server.ts';
import { entry, event, world, type World } from './world.ts';

async function sink(status = 200): Promise<Listening & { readonly seen: Received[] }> {
  const seen: Received[] = [];
  const server = await serve((request, answer) => {
    seen.push(request);
    answer.writeHead(status, { 'ce-id': 'not a whole event' }).end();
  });
  return { ...server, seen };
}

function progressOf(verdict: Verdict): Progress {
  if (verdict.kind !== 'wait') throw new Error(`expected to wait, got ${JSON.stringify(verdict)}`);
  return verdict.progress;
}

async function handedOn(given: World): Promise<Progress> {
  return progressOf(await given.handle());
}

describe('the copy for a dead letter sink', () => {
  test('carries what the subscriber said; attributes and data are unchanged [Knative dead letter extensions]', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(400).end(`${'é'.repeat(600)}tail`));
    const dead = await sink();
    const given = world({ url: `${url}/hook`, deadLetterSink: { url: dead.url, broker: false } });
    const verdict = await given.handle(entry(), await handedOn(given));
    expect(verdict).toEqual({ kind: 'done' });
    const [request] = dead.seen;
    expect(request?.headers).toMatchObject({
      'ce-id': '7',
      'ce-source': '/shop',
      'ce-type': 'order.paid',
      'ce-knativearrivaltime': '2026-05-01T10:00:00.120Z',
      'ce-knativeerrordest': `${url}/hook`,
      'ce-knativeerrorcode': '400',
      'kn-namespace': 'default',
    });
    const data = Buffer.from(String(request?.headers['ce-knativeerrordata']), 'base64');
    expect(data).toEqual(Buffer.from('é'.repeat(512)));
    expect(request?.body.toString()).toBe('{"a": 1.0}');
    expect(given.metrics.of('weir_dead_lettered_total', 'sink')).toBe(1);
  });

  test('does not ask for a reply, and an answer with one is not looked at [D13]', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(400).end());
    const dead = await sink();
    const given = world({ url, deadLetterSink: { url: dead.url, broker: false } });
    expect(await given.handle(entry(), await handedOn(given))).toEqual({ kind: 'done' });
    expect(dead.seen[0]?.headers.prefer).toBeUndefined();
    expect(given.replies).toEqual([]);
  });

  test('after a network error names the error, and no status was there to name', async () => {
    const { url } = await serveRaw((socket) => void socket.once('data', () => socket.resetAndDestroy()));
    const dead = await sink();
    const given = world({ url, deadLetterSink: { url: dead.url, broker: false }, policy: effectivePolicy({}) });
    await given.handle(entry(), await handedOn(given));
    const headers = dead.seen[0]?.headers ?? {};
    expect(headers['ce-knativeerrorcode']).toBeUndefined();
    expect(Buffer.from(String(headers['ce-knativeerrordata']), 'base64').toString()).toBe('dispatch error: ECONNRESET');
  });

  test("replaces what an earlier broker's dead letter said", async () => {
    const { url } = await serve((_, answer) => answer.writeHead(400).end());
    const dead = await sink();
    const given = world({ url, deadLetterSink: { url: dead.url, broker: false } });
    const again = entry(event({ knativeerrordest: 'http://old/', knativeerrorcode: 1, knativeerrordata: 'b2xk' }));
    await given.handle(again, await handedOn(given));
    expect(dead.seen[0]?.headers).toMatchObject({ 'ce-knativeerrordest': url, 'ce-knativeerrorcode': '400' });
    expect(dead.seen[0]?.headers['ce-knativeerrordata']).toBeUndefined();
  });

  test("does not tell the subscriber's password", async () => {
    const { url } = await serve((_, answer) => answer.writeHead(400).end());
    const dead = await sink();
    const given = world({
      url: `${url.replace('http://', 'http://me:secret@')}/`,
      deadLetterSink: { url: dead.url, broker: false },
    });
    await given.handle(entry(), await handedOn(given));
    expect(dead.seen[0]?.headers['ce-knativeerrordest']).toBe(`${url}/`);
  });

  test('is structured where the policy says json', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(400).end());
    const dead = await sink();
    const given = world({
      url,
      deadLetterSink: { url: dead.url, broker: false },
      policy: effectivePolicy({ format: 'json' }),
    });
    await given.handle(entry(), await handedOn(given));
    expect(JSON.parse(dead.seen[0]?.body.toString() ?? '')).toMatchObject({
      id: '7',
      knativeerrorcode: 400,
      data: { a: 1 },
    });
  });
});

describe('a dead letter sink that fails', () => {
  test('is retried with the same policy, then the event rests in the store', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(410).end('gone'));
    const dead = await sink(500);
    const given = world({
      url,
      deadLetterSink: { url: dead.url, broker: false },
      policy: effectivePolicy({ retry: 2, backoffDelay: 'PT1S' }),
    });
    const kinds: string[] = [];
    let progress: Progress | undefined;
    do {
      const verdict = await given.handle(entry(), progress);
      kinds.push(verdict.kind === 'wait' ? `wait ${verdict.delayMs}` : verdict.kind);
      progress = verdict.kind === 'wait' ? verdict.progress : undefined;
    } while (progress);
    expect(kinds).toEqual(['wait 0', 'wait 1000', 'wait 2000', 'dead-letter']);
    expect(dead.seen.map(({ headers }) => headers['ce-knativeerrordata'])).toEqual(
      Array.from({ length: 3 }, () => Buffer.from('gone').toString('base64')),
    );
    expect(given.lines.map(({ name, fields }) => [name, fields['to']])).toEqual([
      ['delivery.dead-lettered', 'sink'],
      ['delivery.failed', undefined],
      ['delivery.failed', undefined],
      ['delivery.dead-lettered', 'store'],
    ]);
  });

  test('or was taken out of the trigger meanwhile: the event rests in the store, unsent', async () => {
    const { url } = await serve((_, answer) => answer.writeHead(400).end());
    const before = world({ url, deadLetterSink: { url, broker: false } });
    const progress = await handedOn(before);
    expect(await world({ url }).handle(entry(), progress)).toMatchObject({
      kind: 'dead-letter',
      progress: { stage: 'dead-letter-sink', reason: 'rejected: 400; no dead letter sink' },
    });
  });
});
