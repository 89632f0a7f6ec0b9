import { describe, expect, test } from 'vitest';
import { RunningSinks } from '../../broker/running-sinks.ts';
import { withSinks } from '../../broker/sink-http.ts';
import { RefusedError, UnavailableError } from '../../events/errors.ts';
import { attribute, type CloudEvent } from '../../events/event.ts';
import type { SinkPlan } from '../../resources/plan.ts';
import type { Answer, Http } from '../../triggers/http.ts';
import type { EventSink, SinkKind } from '../../triggers/sinks/sink.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { Lines } from '../support/serving.ts';

const NAME = { namespace: 'default', kind: 'TestSink', name: 'it' };
const HEADERS = [
  'ce-specversion',
  '1.0',
  'ce-id',
  '1',
  'ce-source',
  '/s',
  'ce-type',
  't',
  'content-type',
  'text/plain',
];
const BODY = Buffer.from('data');

function plan(changes: Partial<SinkPlan> = {}): SinkPlan {
  return { ...NAME, uid: 'u', spec: { topic: 'a' }, secrets: new Map(), ...changes };
}

/** Sinks of one kind that does what `changes` say, and the network around them. */
function world(changes: Partial<EventSink> = {}) {
  const clock = new FakeClock();
  const taken: CloudEvent[] = [];
  const happened: string[] = [];
  const kind: SinkKind = {
    kind: 'TestSink',
    condition: 'TopicReady',
    open: ({ spec }) => {
      happened.push(`open ${JSON.stringify(spec)}`);
      return {
        prepare: async () => undefined,
        put: async (event) => void taken.push(event),
        [Symbol.asyncDispose]: async () => void happened.push('close'),
        ...changes,
      };
    },
  };
  const log = new Lines();
  let changed = 0;
  const sinks = new RunningSinks({ clock, random: () => 0, log, changed: () => (changed += 1), kinds: [kind] });
  const elsewhere: Http = {
    sockets: 0,
    open: () => {
      throw new Error('a request was made');
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  const http = withSinks(elsewhere, sinks, clock);
  const target = { url: 'http://weir/-/sinks/default/testsink/it', sink: NAME };
  const post = (): Promise<Answer> =>
    http.open(target, 1).post({
      headers: [...HEADERS],
      body: BODY,
      timeoutMs: 1000,
    });
  return { clock, taken, happened, sinks, http, post, log, changed: () => changed };
}

describe('a delivery to a sink of this process', () => {
  test('puts the event without a request, and is answered 202', async () => {
    const { sinks, post, taken } = world();
    await sinks.apply([plan()]);
    expect(await post()).toMatchObject({ kind: 'response', status: 202 });
    expect(taken.map((event) => [attribute(event, 'id'), String(event.data)])).toEqual([['1', 'data']]);
  });

  test.each([
    [new RefusedError('attribute-invalid', 'never'), 400],
    [new RefusedError('event-too-large', 'never'), 413],
  ])('%s is answered as a server would', async (error, status) => {
    const { sinks, post } = world({ put: () => Promise.reject(error) });
    await sinks.apply([plan()]);
    const answer = await post();
    expect(answer).toMatchObject({ kind: 'response', status });
    expect(answer.kind === 'response' && Buffer.from(answer.body).toString()).toBe(error.message);
  });

  test('ends with its timeout, and the sink hears of it', async () => {
    let ended = false;
    const { sinks, post, clock } = world({
      put: (_event, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            ended = true;
            reject(new UnavailableError('channel-unavailable', 'too late'));
          });
        }),
    });
    await sinks.apply([plan()]);
    const answer = post();
    await clock.advance(1000);
    expect(await answer).toMatchObject({ kind: 'error', error: 'timeout' });
    expect(ended).toBe(true);
  });

  test('fails with what the sink says, without its secrets, and may be tried again', async () => {
    const error = new UnavailableError('sink-unavailable', 'no broker answers hunter2');
    const { sinks, post } = world({ put: () => Promise.reject(error) });
    await sinks.apply([plan({ secrets: new Map([['login/password', 'hunter2']]) })]);
    expect(await post()).toMatchObject({ kind: 'error', error: 'no broker answers [redacted]' });
  });

  test('fails while the sink is not there', async () => {
    expect(await world().post()).toMatchObject({ kind: 'error', error: expect.stringContaining('not open') });
  });
});

describe('the sinks of a plan', () => {
  test('that did not change are not touched, that changed are opened anew, that went are closed', async () => {
    const { sinks, happened } = world();
    await sinks.apply([plan()]);
    await sinks.apply([plan()]);
    expect(happened).toEqual(['open {"topic":"a"}']);
    await sinks.apply([plan({ spec: { topic: 'b' } })]);
    await sinks.apply([]);
    await settle();
    expect(happened.toSorted()).toEqual(['close', 'close', 'open {"topic":"a"}', 'open {"topic":"b"}']);
    expect(sinks.find(NAME)).toBeUndefined();
  });

  test('are prepared until that works, and say what is wrong until then', async () => {
    let tries = 0;
    const { sinks, clock, log, changed } = world({
      prepare: async () => {
        tries += 1;
        if (tries < 3) throw new UnavailableError('channel-unavailable', 'no broker answers');
      },
    });
    await sinks.apply([plan()]);
    await clock.advance(0);
    expect(sinks.fact(NAME)).toEqual({ ok: false, reason: 'SinkUnavailable', message: 'no broker answers' });
    await clock.advance(3000);
    expect(sinks.fact(NAME)).toEqual({ ok: true });
    expect([tries, changed(), log.all.map(({ name }) => name)]).toEqual([3, 3, ['sink.not-ready', 'sink.not-ready']]);
  });

  test('that fail are looked at again: Ready says whether their server is there', async () => {
    let there = true;
    const gone = (): UnavailableError => new UnavailableError('sink-unavailable', 'no broker answers');
    const { sinks, clock, post } = world({
      prepare: async () => {
        if (!there) throw gone();
      },
      put: async () => {
        throw gone();
      },
    });
    await sinks.apply([plan()]);
    await clock.advance(0);
    await post();
    await post();
    await clock.advance(1000);
    expect(sinks.fact(NAME)).toEqual({ ok: true });
    there = false;
    await post();
    await clock.advance(1000);
    expect(sinks.fact(NAME)).toEqual({ ok: false, reason: 'SinkUnavailable', message: 'no broker answers' });
    there = true;
    await clock.advance(2000);
    expect(sinks.fact(NAME)).toEqual({ ok: true });
  });

  test('that wait for a secret are not opened', async () => {
    const { sinks, happened } = world();
    await sinks.apply([plan({ waiting: 'a secret is missing' })]);
    expect([happened, sinks.fact(NAME)]).toEqual([[], undefined]);
  });

  test('are closed with the network', async () => {
    const { sinks, http, happened } = world();
    await sinks.apply([plan()]);
    await http[Symbol.asyncDispose]();
    expect(happened).toEqual(['open {"topic":"a"}', 'close']);
  });
});

test('what a server says when a sink is prepared shows no secret', async () => {
  const said = 'cannot log in with hunter2';
  const { sinks, log } = world({ prepare: () => Promise.reject(new UnavailableError('sink-unavailable', said)) });
  await sinks.apply([plan({ secrets: new Map([['s/password', 'hunter2']]) })]);
  await settle();
  expect(sinks.fact(NAME)).toMatchObject({ ok: false, message: 'cannot log in with [redacted]' });
  expect(JSON.stringify(log)).not.toContain('hunter2');
  await sinks.stop();
});
