import { expect, test } from 'vitest';
import { RunningSources } from '../../broker/running-sources.ts';
import type { RemovedSourcePlan, SourcePlan } from '../../resources/plan.ts';
import type { ApiAnswer, ApiRequest, CallApi } from '../../sources/api-call.ts';
import { settle } from '../support/fake-clock.ts';
import { SourceWorld } from '../sources/source-world.ts';
import { broker, plan, trigger, world } from '../support/running-world.ts';

const HOOKS = 'https://api.github.example/repos/o/r/hooks';

/** A GitHubSource with a token, as a plan has it. */
function github(changes: Partial<SourcePlan> = {}): SourcePlan {
  return {
    namespace: 'default',
    name: 'repo',
    kind: 'GitHubSource',
    uid: 'uid-repo',
    generation: 1,
    spec: {
      sink: { uri: 'http://sink.example' },
      ownerAndRepository: 'o/r',
      eventTypes: ['push'],
      githubAPIURL: 'https://api.github.example',
      accessToken: { secretKeyRef: { name: 'api', key: 'token' } },
      secretToken: { secretKeyRef: { name: 'hook', key: 'secret' } },
    },
    labels: {},
    secrets: new Map([
      ['api/token', 'a'],
      ['hook/secret', 'b'],
    ]),
    sink: { url: 'http://sink.example', broker: false },
    ...changes,
  };
}

function removed(changes: Partial<RemovedSourcePlan> = {}): RemovedSourcePlan {
  const { namespace, name, kind, uid, spec, secrets } = github();
  return { namespace, name, kind, uid, spec, secrets, removedAtMs: 0, ...changes };
}

/** A GitHub that answers nothing until it is told to; `asked` is `METHOD url` of each call. */
class SlowGitHub {
  readonly asked: string[] = [];
  silent = false;
  readonly #held: (() => void)[] = [];

  call: CallApi = (call, signal) => {
    this.asked.push(`${call.method} ${call.url.split('?')[0]}`);
    if (!this.silent) return Promise.resolve(answer(call));
    return new Promise((resolve, reject) => {
      this.#held.push(() => resolve(answer(call)));
      signal.addEventListener('abort', () => reject(new Error('aborted')));
    });
  };

  answerAll(): void {
    this.silent = false;
    for (const go of this.#held.splice(0)) go();
  }
}

function answer({ method }: ApiRequest): ApiAnswer {
  const body = { GET: '[]', POST: '{"id":7}', PATCH: '{"id":7}', DELETE: '' }[method];
  return { status: 200, headers: new Map(), body };
}

async function opened(): Promise<{
  readonly api: SlowGitHub;
  readonly process: SourceWorld;
  readonly sources: RunningSources;
}> {
  const api = new SlowGitHub();
  const process = new SourceWorld();
  const sources = new RunningSources({
    emitTo: () => () => Promise.resolve(),
    ports: { ...process.ports, call: api.call },
  });
  return { api, process, sources };
}

/** Runs one and waits until its hook is registered. */
async function registered(): ReturnType<typeof opened> {
  const all = await opened();
  await all.sources.apply([github()], []);
  await all.process.until(() => all.process.lines.some(({ name }) => name === 'source.registered'));
  await settle();
  all.api.asked.length = 0;
  return all;
}

test('a reload that removes a source whose sender never answers is carried out at once', async () => {
  const api = new SlowGitHub();
  const w = await world({ sources: { call: api.call, publicUrl: 'https://weir.example' } });
  await w.reconfigure.apply({ ...plan([broker()]), sources: [github()] });
  await w.lines.first('source.registered');
  api.silent = true;
  await w.reconfigure.apply({ ...plan([broker()], [trigger('new')]), removedSources: [removed()] });
  await w.append('1');
  expect(w.given.map((one) => one.trigger)).toEqual(['new']);
  expect(api.asked.at(-1)).toBe(`GET ${HOOKS}`);
});

test('a source that is declared again starts when its predecessor is forgotten', async () => {
  const { api, process, sources } = await registered();
  api.silent = true;
  await sources.apply([], [removed()]);
  await settle();
  await sources.apply([github({ uid: 'uid-again' })], []);
  await settle();
  expect(api.asked).toEqual([`DELETE ${HOOKS}/7`]);
  expect(sources.webhook(github())).toBeUndefined();
  api.answerAll();
  await process.until(() => sources.facts(github())?.conditions['WebhookConfigured']?.ok === true);
  expect(api.asked).toEqual([`DELETE ${HOOKS}/7`, `GET ${HOOKS}`, `POST ${HOOKS}`]);
});

test('declared again and removed again while its predecessor is being forgotten: it never starts', async () => {
  const { api, sources } = await registered();
  api.silent = true;
  await sources.apply([], [removed()]);
  await sources.apply([github()], []);
  await sources.apply([], [removed({ removedAtMs: 1 })]);
  api.answerAll();
  await sources.stop();
  expect(api.asked).toEqual([`DELETE ${HOOKS}/7`]);
});

test('a shutdown does not wait for a sender that never answers, and leaves the hook to the next process', async () => {
  const { api, process, sources } = await registered();
  api.silent = true;
  await sources.apply([], [removed()]);
  await settle();
  const stopped = sources.stop();
  await process.clock.advance(3000);
  await stopped;
  expect(process.warnings).toEqual(['source.webhook-left']);
  const next = new RunningSources({
    emitTo: () => () => Promise.resolve(),
    ports: { ...process.ports, call: api.call },
  });
  api.silent = false;
  await next.apply([], [removed()]);
  await next.stop();
  expect(api.asked).toEqual([`DELETE ${HOOKS}/7`, `DELETE ${HOOKS}/7`]);
});

test('what is gone is forgotten once, however often the plan is carried out, and not again by the next process', async () => {
  const { api, process, sources } = await registered();
  for (let i = 0; i < 3; i++) await sources.apply([], [removed()]);
  await sources.stop();
  const next = new RunningSources({
    emitTo: () => () => Promise.resolve(),
    ports: { ...process.ports, call: api.call },
  });
  await next.apply([], [removed()]);
  await next.stop();
  expect(api.asked).toEqual([`DELETE ${HOOKS}/7`]);
});

test('a Secret that went with its source is not missed, as the source ran with it', async () => {
  const { api, process, sources } = await registered();
  await sources.apply([], [removed({ secrets: new Map() })]);
  await sources.stop();
  expect([api.asked, process.warnings]).toEqual([[`DELETE ${HOOKS}/7`], []]);
});

test('without its Secret a hook of an earlier process is left, said once, and removed when the Secret is back', async () => {
  const before = await registered();
  await before.sources.stop();
  const { api, process } = before;
  const sources = new RunningSources({
    emitTo: () => () => Promise.resolve(),
    ports: { ...process.ports, call: api.call },
  });
  const without = removed({ secrets: new Map() });
  await sources.apply([], [without]);
  await settle();
  await sources.apply([], [without]);
  await settle();
  expect(process.warnings).toEqual(['source.webhook-left']);
  await sources.apply([], [removed()]);
  await sources.stop();
  expect(api.asked).toEqual([`DELETE ${HOOKS}/7`]);
});

test('once stopped, a plan that comes late starts nothing', async () => {
  const { api, sources } = await opened();
  await sources.stop();
  await sources.apply([github()], []);
  await settle();
  expect([api.asked, sources.webhook(github())]).toEqual([[], undefined]);
});

test('a source that lost its Secret and then goes is said to be left once', async () => {
  const { process, sources } = await registered();
  await sources.apply([github({ secrets: new Map(), waiting: 'its Secret is missing' })], []);
  await sources.apply([], [removed({ secrets: new Map() })]);
  await sources.stop();
  expect(process.warnings).toEqual(['source.webhook-left']);
});

test('of a source that was forgotten nothing is kept once the plan does not name it any more', async () => {
  const { process, sources } = await registered();
  const KEY = 'default/githubsource/repo';
  process.positions.set('default/pingsource/tick', 'far');
  await sources.apply([], [removed()]);
  await process.until(() => process.lines.some(({ name }) => name === 'source.webhook-removed'));
  await settle();
  await sources.apply([], [removed()]);
  await settle();
  expect(process.positions.get(KEY)).toBe('');
  await sources.apply([], []);
  await settle();
  expect([...process.positions]).toEqual([['default/pingsource/tick', 'far']]);
});

test('a disk that does not take what is dropped holds up nothing, and is said', async () => {
  const { process } = await opened();
  const positions = { ...process.ports.positions, drop: () => Promise.reject(new Error('the disk is full')) };
  const sources = new RunningSources({ emitTo: () => () => Promise.resolve(), ports: { ...process.ports, positions } });
  await sources.apply([github({ waiting: 'later' })], []);
  await sources.stop();
  expect(process.warnings).toEqual(['source.not-forgotten']);
});

/** A PostgresSource that never reaches its server. */
function postgres(slot: string): SourcePlan {
  const spec = { sink: { uri: 'http://sink.example' }, host: '127.0.0.1', port: 1, database: 'd', user: 'u', slot };
  return github({ kind: 'PostgresSource', spec: { ...spec, tables: ['t'] }, secrets: new Map() });
}

test('a spec that names another slot leaves the one before at the server, and says so', async () => {
  const { process, sources } = await opened();
  await sources.apply([postgres('one')], []);
  await sources.apply([{ ...postgres('one'), labels: { a: 'b' } }], []);
  const left = () => process.lines.filter(({ name }) => name === 'source.remains-left').map(({ fields }) => fields);
  expect(left()).toEqual([]);
  await sources.apply([postgres('two')], []);
  expect(left()).toEqual([
    expect.objectContaining({
      source: 'default/postgressource/repo',
      remains: 'the replication slot one of database d at 127.0.0.1:1',
    }),
  ]);
  await sources.stop();
});
