import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSource } from '../../sources/open.ts';
import { FakeGitHub } from './github/fake-github.ts';
import { SECRET, TOKEN } from './github/github-delivery.ts';
import { once, opened, source } from './registered-source.ts';
import { SourceWorld } from './source-world.ts';

let api: FakeGitHub;
beforeEach(async () => {
  api = await FakeGitHub.start();
});
afterEach(() => api[Symbol.asyncDispose]());

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
    expect((await once(new SourceWorld(), api, spec)).conditions).toMatchObject({
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
    const status = await once(world, api);
    const said = JSON.stringify([status, world.lines]);
    expect(said).toContain('Hook already exists');
    expect(said).not.toContain(TOKEN);
    expect(said).not.toContain(SECRET);
  });

  test('the same answer again is no change to report', async () => {
    const world = new SourceWorld();
    api.instead = () => ({ status: 403, body: { message: 'Resource not accessible' } });
    const running = await opened(world, api);
    await world.clock.advance(10 * 60_000);
    await world.until(() => world.warnings.length === 2);
    expect(world.changes).toBe(1);
    await running[Symbol.asyncDispose]();
  });

  test('it is asked again after ten minutes: scopes are given without telling us', async () => {
    const world = new SourceWorld();
    api.instead = () => ({ status: 403, body: { message: 'Resource not accessible' } });
    const running = await opened(world, api);
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
    const running = await opened(world, api);
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
    const status = await once(world, api, { githubAPIURL: 'http://127.0.0.1:9' });
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
    const running = openSource(source(api), {
      ...world.ports,
      call: (_call, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    await world.clock.advance(0);
    await running[Symbol.asyncDispose]();
    expect(world.clock.pending).toBe(0);
  });
});
