import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type OpenSource, forgetSource, openSource } from '../../sources/open.ts';
import { FakeGitHub, type Hook } from './fake-github.ts';
import { SECRET, TOKEN, github } from './github-delivery.ts';
import { SourceWorld } from './source-world.ts';

const LIST = '/repos/Codertocat/Hello-World/hooks';
const URL_OF_IT = 'https://weir.example.com/-/sources/default/githubsource/it';
const KEY = 'default/githubsource/it';

let api: FakeGitHub;
beforeEach(async () => {
  api = await FakeGitHub.start();
});
afterEach(() => api[Symbol.asyncDispose]());

function source(spec: object = {}): ReturnType<typeof github> {
  return github({ accessToken: { secretKeyRef: { name: 'api', key: 'token' } }, githubAPIURL: api.url, ...spec });
}

/** Opens it, and waits until registering came to something. */
async function opened(world: SourceWorld, spec: object = {}): Promise<OpenSource> {
  const running = openSource(source(spec), world.ports);
  await world.until(() => running.status().conditions['WebhookConfigured'] !== undefined);
  return running;
}

/** Opens it and stops it again once it said how that went. */
async function once(world: SourceWorld, spec: object = {}): Promise<ReturnType<OpenSource['status']>> {
  const running = await opened(world, spec);
  await running[Symbol.asyncDispose]();
  return running.status();
}

function hooks(list: string = LIST): readonly Hook[] {
  return api.hooks.get(list) ?? [];
}

describe('registering', () => {
  test('makes a signed JSON webhook of the events at the public URL', async () => {
    const world = new SourceWorld();
    const status = await once(world);
    expect(hooks()).toEqual([
      {
        id: 12345,
        name: 'web',
        active: true,
        events: ['push', 'issues'],
        config: { url: URL_OF_IT, content_type: 'json', secret: SECRET, insecure_ssl: '0' },
      },
    ]);
    expect(status).toMatchObject({
      conditions: { WebhookConfigured: { ok: true } },
      fields: { webhookIDKey: '12345' },
    });
    expect(world.changes).toBe(1);
  });

  test('authorizes itself, and says who it is and which API it means', async () => {
    await once(new SourceWorld());
    expect(api.calls[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      accept: 'application/vnd.github+json',
      'user-agent': 'weir',
      'x-github-api-version': '2022-11-28',
    });
  });

  test('of an organization goes to the organization', async () => {
    await once(new SourceWorld(), { ownerAndRepository: 'Octocoders' });
    expect(hooks('/orgs/Octocoders/hooks')).toHaveLength(1);
  });

  test('a path in the API address and in the public URL is kept', async () => {
    const world = new SourceWorld();
    world.publicUrl = 'https://example.com/weir/';
    api.instead = ({ path }) =>
      path.startsWith('/api/v3/repos/Codertocat/Hello-World/hooks')
        ? { status: path.includes('?') ? 200 : 201, body: path.includes('?') ? [] : { id: 1 } }
        : { status: 500 };
    expect((await once(world, { githubAPIURL: `${api.url}/api/v3/` })).conditions).toEqual({
      WebhookConfigured: { ok: true },
    });
    expect(api.calls.at(-1)?.body).toContain('"https://example.com/weir/-/sources/default/githubsource/it"');
  });

  test('ping is not asked for: every webhook gets it', async () => {
    await once(new SourceWorld(), { eventTypes: ['ping', 'push'] });
    expect(hooks()[0]?.events).toEqual(['push']);
  });

  test('secure: false tells GitHub not to check the certificate', async () => {
    await once(new SourceWorld(), { secure: false });
    expect(hooks()[0]?.config).toMatchObject({ insecure_ssl: '1' });
  });

  test('secure: true with a public URL without https is refused, and nothing is sent', async () => {
    const world = new SourceWorld();
    world.publicUrl = 'http://weir.example.com';
    expect((await once(world, { secure: true })).conditions).toMatchObject({
      WebhookConfigured: { ok: false, reason: 'RegistrationRefused', message: expect.stringContaining('not https') },
    });
    expect(api.calls).toEqual([]);
  });

  test('without a public URL it says which flag is missing', async () => {
    const world = new SourceWorld();
    world.publicUrl = undefined;
    expect((await once(world)).conditions).toMatchObject({
      WebhookConfigured: {
        ok: false,
        reason: 'PublicUrlMissing',
        message: expect.stringContaining('--public-url URL'),
      },
    });
    expect(api.calls).toEqual([]);
  });
});

describe('a restart does not double it', () => {
  test('what was saved is brought up to date', async () => {
    const world = new SourceWorld();
    await once(world);
    await once(world, { eventTypes: ['release'] });
    expect(hooks()).toHaveLength(1);
    expect(hooks()[0]).toMatchObject({ id: 12345, events: ['release'], config: { secret: SECRET } });
  });

  test('nor if nothing was saved: one with our URL is taken over', async () => {
    await once(new SourceWorld());
    const status = await once(new SourceWorld());
    expect(hooks()).toHaveLength(1);
    expect(status.fields).toEqual({ webhookIDKey: '12345' });
  });

  test('nor if the public URL changed', async () => {
    const world = new SourceWorld();
    await once(world);
    world.publicUrl = 'https://other.example.com';
    await once(world);
    expect(hooks()).toHaveLength(1);
    expect(hooks()[0]?.config['url']).toBe('https://other.example.com/-/sources/default/githubsource/it');
  });

  test('ours is found behind a hundred others, which are left alone', async () => {
    api.hooks.set(
      LIST,
      Array.from({ length: 130 }, (_, i) => ({
        id: i + 1,
        active: true,
        events: ['push'],
        config: { url: i === 119 ? URL_OF_IT : `https://other/${i}` },
      })),
    );
    expect((await once(new SourceWorld())).fields).toEqual({ webhookIDKey: '120' });
    expect(hooks()).toHaveLength(130);
  });

  test('one that somebody removed is made again', async () => {
    const world = new SourceWorld();
    await once(world);
    api.hooks.clear();
    expect((await once(world)).fields).toEqual({ webhookIDKey: '12346' });
  });

  test('one that goes while it is brought up to date is made again', async () => {
    const world = new SourceWorld();
    await once(world);
    api.instead = ({ method }) => (method === 'PATCH' ? { status: 404, body: { message: 'Not Found' } } : undefined);
    expect((await once(world)).fields).toEqual({ webhookIDKey: '12346' });
  });

  test('when it points to another repository, the webhook of the one before is removed', async () => {
    const world = new SourceWorld();
    await once(world);
    await once(world, { ownerAndRepository: 'Codertocat/Other' });
    expect(hooks()).toEqual([]);
    expect(hooks('/repos/Codertocat/Other/hooks')).toHaveLength(1);
  });

  test('the token is not sent to the host of an API it was not given for', async () => {
    const world = new SourceWorld();
    await using elsewhere = await FakeGitHub.start();
    world.positions.set(KEY, JSON.stringify({ hooks: `${elsewhere.url}${LIST}`, id: '1' }));
    expect((await once(world)).conditions).toEqual({ WebhookConfigured: { ok: true } });
    expect(elsewhere.calls).toEqual([]);
    expect(world.warnings).toEqual(['source.webhook-left']);
  });
});

describe('what GitHub refuses is said, with what to do', () => {
  test.each([
    [401, {}, 'wrong or has expired'],
    [403, {}, 'the scope admin:repo_hook'],
    [404, {}, 'lacks the scope admin:repo_hook'],
    [404, { ownerAndRepository: 'Octocoders' }, 'lacks the scope admin:org_hook'],
    [422, {}, 'spec.eventTypes'],
    [301, {}, 'renamed or moved'],
    [400, {}, 'spec.githubAPIURL'],
  ])('%i with %j', async (status, spec, text) => {
    api.instead = () => ({
      status,
      body: { message: 'Validation Failed', errors: [{ message: 'The "x" event cannot be subscribed' }, 'and so on'] },
      headers: { location: `${api.url}/elsewhere` },
    });
    expect((await once(new SourceWorld(), spec)).conditions).toMatchObject({
      WebhookConfigured: { ok: false, reason: 'RegistrationRefused', message: expect.stringContaining(text) },
    });
    expect(api.calls).toHaveLength(1);
  });

  test("GitHub's own words are in the message, and no secret, even if GitHub repeats one", async () => {
    api.instead = () => ({
      status: 422,
      body: { message: `no ${TOKEN} and\n${SECRET}`, errors: [{ message: 'Hook already exists' }] },
    });
    const world = new SourceWorld();
    const status = await once(world);
    const said = JSON.stringify([status, world.lines]);
    expect(said).toContain('Hook already exists');
    expect(said).not.toContain(TOKEN);
    expect(said).not.toContain(SECRET);
  });

  test('it is asked again after ten minutes: scopes are given without telling us', async () => {
    const world = new SourceWorld();
    api.instead = () => ({ status: 403, body: { message: 'Resource not accessible' } });
    const running = await opened(world);
    api.instead = () => undefined;
    await world.clock.advance(10 * 60_000 - 1);
    expect(api.calls).toHaveLength(1);
    await world.clock.advance(1);
    await world.until(() => running.status().conditions['WebhookConfigured']?.ok === true);
    await running[Symbol.asyncDispose]();
  });
});

describe('while GitHub is unavailable it is asked again', () => {
  test.each([
    ['a 500, after a second', { status: 500 }, 1000],
    ['Retry-After on a secondary rate limit', { status: 403, headers: { 'retry-after': '90' } }, 90_000],
    [
      'an exhausted rate limit, until it is reset',
      {
        status: 403,
        headers: {
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': String(Date.parse('2026-01-01T00:07:00Z') / 1000),
        },
      },
      421_000,
    ],
    ['a 429 that names no time, after a minute', { status: 429 }, 60_000],
    ['a wait of a day, after an hour', { status: 503, headers: { 'retry-after': '86400' } }, 3_600_000],
    ['an answer that is no list, after a second', { status: 200, body: { hello: 'world' } }, 1000],
  ])('%s', async (_what, answer, delayMs) => {
    const world = new SourceWorld();
    api.instead = () => answer;
    const running = await opened(world);
    expect(running.status().conditions).toMatchObject({
      WebhookConfigured: { ok: false, reason: 'RegistrationUnavailable' },
    });
    expect(world.lines.at(-1)).toMatchObject({ name: 'source.unregistered', fields: { delayMs } });
    api.instead = () => undefined;
    await world.clock.advance(delayMs);
    await world.until(() => running.status().conditions['WebhookConfigured']?.ok === true);
    await running[Symbol.asyncDispose]();
  });

  test('nobody listens: the message holds no token', async () => {
    const world = new SourceWorld();
    const status = await once(world, { githubAPIURL: 'http://127.0.0.1:9' });
    expect(status.conditions).toMatchObject({
      WebhookConfigured: {
        ok: false,
        reason: 'RegistrationUnavailable',
        message: expect.stringContaining('no answer'),
      },
    });
    expect(JSON.stringify([status, world.lines])).not.toContain(TOKEN);
  });

  test('stopping does not wait for an answer that does not come', async () => {
    const world = new SourceWorld();
    const running = openSource(source({ githubAPIURL: api.url }), {
      ...world.ports,
      call: (_call, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    await world.clock.advance(0);
    await running[Symbol.asyncDispose]();
    expect(world.clock.pending).toBe(0);
  });
});

describe('removed with the resource', () => {
  test('also after a restart, from what was saved', async () => {
    const world = new SourceWorld();
    await once(world);
    await forgetSource(source(), world.ports);
    expect(hooks()).toEqual([]);
    expect(api.asked.at(-1)).toBe(`DELETE ${LIST}/12345`);
    expect(world.positions.get(KEY)).toBe('');
  });

  test('by its URL, if nothing was saved', async () => {
    await once(new SourceWorld());
    await forgetSource(source(), new SourceWorld().ports);
    expect(hooks()).toEqual([]);
  });

  test('gone already = done', async () => {
    const world = new SourceWorld();
    await once(world);
    api.hooks.clear();
    await forgetSource(source(), world.ports);
    expect(world.warnings).toEqual([]);
  });

  test('a refusal is logged, and nothing waits for it', async () => {
    const world = new SourceWorld();
    await once(world);
    api.instead = () => ({ status: 401, body: { message: 'Bad credentials' } });
    await forgetSource(source(), world.ports);
    expect(world.warnings).toEqual(['source.webhook-left']);
    expect(api.asked.filter((call) => call.startsWith('DELETE'))).toHaveLength(1);
  });

  test('an unavailable GitHub is asked three times, then the webhook is left and logged', async () => {
    const world = new SourceWorld();
    await once(world);
    api.instead = () => ({ status: 502 });
    const forgotten = forgetSource(source(), world.ports);
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
    await once(world);
    const forgotten = forgetSource(source(), {
      ...world.ports,
      call: (_call, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    await world.clock.advance(30_000);
    await forgotten;
    expect(world.warnings).toEqual(['source.webhook-left']);
  });

  test('its Secret is gone too: logged, and done', async () => {
    const world = new SourceWorld();
    await once(world);
    await forgetSource({ ...source(), secrets: new Map() }, world.ports);
    expect(world.warnings).toEqual(['source.webhook-left']);
    expect(world.positions.get(KEY)).toBe('');
  });

  test('stopping alone leaves it, for the next process', async () => {
    await once(new SourceWorld());
    expect(hooks()).toHaveLength(1);
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
