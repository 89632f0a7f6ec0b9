import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeGitHub, type Hook } from './fake-github.ts';
import { SECRET, TOKEN } from './github-delivery.ts';
import { KEY, LIST, once } from '../registered-source.ts';
import { SourceWorld } from '../source-world.ts';

const URL_OF_IT = 'https://weir.example.com/-/sources/default/githubsource/it';

let api: FakeGitHub;
beforeEach(async () => {
  api = await FakeGitHub.start();
});
afterEach(() => api[Symbol.asyncDispose]());

function hooksAt(list: string): readonly Hook[] {
  return api.hooks.get(list) ?? [];
}

describe('registering', () => {
  test('makes a signed JSON webhook of the events at the public URL', async () => {
    const world = new SourceWorld();
    const status = await once(world, api);
    expect(hooksAt(LIST)).toEqual([
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
    await once(new SourceWorld(), api);
    expect(api.calls[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      accept: 'application/vnd.github+json',
      'user-agent': 'weir',
      'x-github-api-version': '2022-11-28',
    });
  });

  test('of an organization goes to the organization', async () => {
    await once(new SourceWorld(), api, { ownerAndRepository: 'Octocoders' });
    expect(hooksAt('/orgs/Octocoders/hooks')).toHaveLength(1);
  });

  test('a path in the API address and in the public URL is kept', async () => {
    const world = new SourceWorld();
    world.publicUrl = 'https://example.com/weir/';
    api.instead = ({ path }) =>
      path.startsWith('/api/v3/repos/Codertocat/Hello-World/hooks')
        ? { status: path.includes('?') ? 200 : 201, body: path.includes('?') ? [] : { id: 1 } }
        : { status: 500 };
    expect((await once(world, api, { githubAPIURL: `${api.url}/api/v3/` })).conditions).toEqual({
      WebhookConfigured: { ok: true },
    });
    expect(api.calls.at(-1)?.body).toContain('"https://example.com/weir/-/sources/default/githubsource/it"');
  });

  test('ping is not asked for: every webhook gets it', async () => {
    await once(new SourceWorld(), api, { eventTypes: ['ping', 'push'] });
    expect(hooksAt(LIST)[0]?.events).toEqual(['push']);
  });

  test('secure: false tells GitHub not to check the certificate', async () => {
    await once(new SourceWorld(), api, { secure: false });
    expect(hooksAt(LIST)[0]?.config).toMatchObject({ insecure_ssl: '1' });
  });

  test('secure: true with a public URL without https is refused, and nothing is sent', async () => {
    const world = new SourceWorld();
    world.publicUrl = 'http://weir.example.com';
    expect((await once(world, api, { secure: true })).conditions).toMatchObject({
      WebhookConfigured: { ok: false, reason: 'RegistrationRefused', message: expect.stringContaining('not https') },
    });
    expect(api.calls).toEqual([]);
  });

  test('without a public URL it says which flag is missing', async () => {
    const world = new SourceWorld();
    world.publicUrl = undefined;
    expect((await once(world, api)).conditions).toMatchObject({
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
    await once(world, api);
    await once(world, api, { eventTypes: ['release'] });
    expect(hooksAt(LIST)).toHaveLength(1);
    expect(hooksAt(LIST)[0]).toMatchObject({ id: 12345, events: ['release'], config: { secret: SECRET } });
  });

  test('nor if nothing was saved: one with our URL is taken over', async () => {
    await once(new SourceWorld(), api);
    const status = await once(new SourceWorld(), api);
    expect(hooksAt(LIST)).toHaveLength(1);
    expect(status.fields).toEqual({ webhookIDKey: '12345' });
  });

  test('nor if the public URL changed', async () => {
    const world = new SourceWorld();
    await once(world, api);
    world.publicUrl = 'https://other.example.com';
    await once(world, api);
    expect(hooksAt(LIST)).toHaveLength(1);
    expect(hooksAt(LIST)[0]?.config['url']).toBe('https://other.example.com/-/sources/default/githubsource/it');
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
    expect((await once(new SourceWorld(), api)).fields).toEqual({ webhookIDKey: '120' });
    expect(hooksAt(LIST)).toHaveLength(130);
  });

  test('one that somebody removed is made again', async () => {
    const world = new SourceWorld();
    await once(world, api);
    api.hooks.clear();
    expect((await once(world, api)).fields).toEqual({ webhookIDKey: '12346' });
  });

  test('one that goes while it is brought up to date is made again', async () => {
    const world = new SourceWorld();
    await once(world, api);
    api.instead = ({ method }) => (method === 'PATCH' ? { status: 404, body: { message: 'Not Found' } } : undefined);
    expect((await once(world, api)).fields).toEqual({ webhookIDKey: '12346' });
  });

  test('when it points to another repository, the webhook of the one before is removed', async () => {
    const world = new SourceWorld();
    await once(world, api);
    await once(world, api, { ownerAndRepository: 'Codertocat/Other' });
    expect(hooksAt(LIST)).toEqual([]);
    expect(hooksAt('/repos/Codertocat/Other/hooks')).toHaveLength(1);
  });

  test('if that is refused it is left and logged, without the token that GitHub may repeat, and the new one is made', async () => {
    const world = new SourceWorld();
    await once(world, api);
    api.instead = ({ method }) =>
      method === 'DELETE' ? { status: 403, body: { message: `not with ${TOKEN}` } } : undefined;
    await once(world, api, { ownerAndRepository: 'Codertocat/Other' });
    expect(hooksAt('/repos/Codertocat/Other/hooks')).toHaveLength(1);
    expect(world.warnings).toEqual(['source.webhook-left']);
    expect(JSON.stringify(world.lines)).not.toContain(TOKEN);
  });

  test('the token is not sent to the host of an API it was not given for', async () => {
    const world = new SourceWorld();
    await using elsewhere = await FakeGitHub.start();
    world.positions.set(KEY, JSON.stringify({ hooks: `${elsewhere.url}${LIST}`, id: '1' }));
    expect((await once(world, api)).conditions).toEqual({ WebhookConfigured: { ok: true } });
    expect(elsewhere.calls).toEqual([]);
    expect(world.warnings).toEqual(['source.webhook-left']);
  });
});
