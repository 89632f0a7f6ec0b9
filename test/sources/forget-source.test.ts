import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { forgetSource } from '../../sources/forget.ts';
import { openSource } from '../../sources/open.ts';
import { FakeGitHub, type Hook } from './github/fake-github.ts';
import { github } from './github/github-delivery.ts';
import { KEY, LIST, once, source } from './registered-source.ts';
import { SourceWorld } from './source-world.ts';

let api: FakeGitHub;
beforeEach(async () => {
  api = await FakeGitHub.start();
});
afterEach(() => api[Symbol.asyncDispose]());

function hooksAt(list: string): readonly Hook[] {
  return api.hooks.get(list) ?? [];
}

describe('removed with the resource', () => {
  test('also after a restart, from what was saved', async () => {
    const world = new SourceWorld();
    await once(world, api);
    await forgetSource(source(api), world.ports);
    expect(hooksAt(LIST)).toEqual([]);
    expect(api.asked.at(-1)).toBe(`DELETE ${LIST}/12345`);
    expect(world.positions.get(KEY)).toBe('');
  });

  test('by its URL, if nothing was saved', async () => {
    await once(new SourceWorld(), api);
    await forgetSource(source(api), new SourceWorld().ports);
    expect(hooksAt(LIST)).toEqual([]);
  });

  test('gone already = done', async () => {
    const world = new SourceWorld();
    await once(world, api);
    api.hooks.clear();
    await forgetSource(source(api), world.ports);
    expect(world.warnings).toEqual([]);
  });

  test('a refusal is logged, and nothing waits for it', async () => {
    const world = new SourceWorld();
    await once(world, api);
    api.instead = () => ({ status: 401, body: { message: 'Bad credentials' } });
    await forgetSource(source(api), world.ports);
    expect(world.warnings).toEqual(['source.webhook-left']);
    expect(api.asked.filter((call) => call.startsWith('DELETE'))).toHaveLength(1);
  });

  test('an unavailable GitHub is asked three times, then the webhook is left and logged', async () => {
    const world = new SourceWorld();
    await once(world, api);
    api.instead = () => ({ status: 502 });
    const forgotten = forgetSource(source(api), world.ports);
    await world.until(() => world.warnings.length === 1);
    await world.clock.advance(1000);
    await world.until(() => world.warnings.length === 2);
    await world.clock.advance(2000);
    await forgotten;
    expect(world.warnings).toEqual(['source.webhook-kept', 'source.webhook-kept', 'source.webhook-left']);
    expect(world.clock.pending).toBe(0);
  });

  test('one that never answers is left after half a minute', async () => {
    const world = new SourceWorld();
    await once(world, api);
    const forgotten = forgetSource(source(api), {
      ...world.ports,
      call: (_call, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    await world.clock.advance(30_000);
    await forgotten;
    expect(world.warnings).toEqual(['source.webhook-left']);
  });

  test('its Secret is gone too: one line says which hook is left, where it calls and what to do; it stays known', async () => {
    const world = new SourceWorld();
    await once(world, api);
    await forgetSource({ ...source(api), secrets: new Map() }, world.ports);
    expect(world.lines.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        name: 'source.webhook-left',
        fields: {
          source: KEY,
          hook: `${api.url}${LIST}/12345`,
          url: `https://weir.example.com/-/sources/${KEY}`,
          error: expect.stringContaining('Secret api is not there'),
          what: 'declare that Secret again within a day and the webhook is removed; or remove it by hand',
        },
      },
    ]);
    await forgetSource(source(api), world.ports);
    expect([hooksAt(LIST), world.positions.get(KEY)]).toEqual([[], '']);
  });

  test('without its Secret, and nothing known that it registered: nothing is said', async () => {
    const world = new SourceWorld();
    await forgetSource({ ...source(api), secrets: new Map() }, world.ports);
    expect(world.lines).toEqual([]);
  });

  test('a process that must end leaves it to the next, and says which', async () => {
    const world = new SourceWorld();
    await once(world, api);
    const end = new AbortController();
    const forgotten = forgetSource(
      source(api),
      {
        ...world.ports,
        call: (_call, signal) => {
          queueMicrotask(() => end.abort());
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
        },
      },
      { signal: end.signal },
    );
    await forgotten;
    expect(world.lines.at(-1)).toMatchObject({
      name: 'source.webhook-left',
      fields: { hook: `${api.url}${LIST}/12345` },
    });
    await forgetSource(source(api), world.ports);
    expect(hooksAt(LIST)).toEqual([]);
  });

  test('stopping alone leaves it, for the next process', async () => {
    await once(new SourceWorld(), api);
    expect(hooksAt(LIST)).toHaveLength(1);
  });
});

test('a PingSource that is forgotten begins anew when its name comes back', async () => {
  const world = new SourceWorld();
  world.positions.set('default/pingsource/it', '2025-01-01T00:00:00Z UTC @hourly');
  const ping = { ...github(), kind: 'PingSource', spec: { sink: { uri: 'http://sink.example' }, schedule: '@hourly' } };
  await forgetSource(ping, world.ports);
  const again = openSource(ping, world.ports);
  await world.clock.advance(0);
  expect(again.status().skipped).toBe(0);
  await again[Symbol.asyncDispose]();
});
