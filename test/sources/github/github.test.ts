import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../../events/errors.ts';
import { openSource } from '../../../sources/open.ts';
import type { WebhookRequest } from '../../../sources/source.ts';
import { SECRET, delivery, github } from './github-delivery.ts';
import { type Hook, hook } from '../open-hook.ts';
import { SourceWorld } from '../source-world.ts';

const ISSUE =
  '{ "action":"opened",  "issue":{"number":7,"unknown":"kept ünchanged"},"repository":{"name":"Hello-World","owner":{"login":"Codertocat"}},"sender":{"login":"octocat"}}';

async function refusal(request: WebhookRequest, given: Hook = hook()): Promise<unknown> {
  const answer = await given.post(request);
  expect(given.world.emitted).toEqual([]);
  return { status: answer.status, ...JSON.parse(answer.body) };
}

describe('the event of a delivery [Knative GitHubSource]', () => {
  test('has type, source, subject, id, time and extensions', async () => {
    const { world, post } = hook();
    expect(await post(delivery(ISSUE))).toEqual({
      status: 202,
      headers: { 'content-type': 'application/json' },
      body: '{"accepted":1}',
    });
    expect(Object.fromEntries(world.emitted[0]?.attributes ?? [])).toEqual({
      specversion: '1.0',
      id: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      source: 'https://github.com/Codertocat/Hello-World',
      type: 'dev.knative.source.github.issues',
      subject: '7',
      time: '2026-01-01T00:00:00.123Z',
      datacontenttype: 'application/json',
      owner: 'Codertocat',
      repository: 'Hello-World',
      sender: 'octocat',
      action: 'opened',
    });
  });

  test('carries the bytes that came, not what was parsed of them', async () => {
    const { world, post } = hook();
    await post(delivery(ISSUE));
    expect(new TextDecoder().decode(world.emitted[0]?.data)).toBe(ISSUE);
  });

  test('is the same event when GitHub delivers it again', async () => {
    const { world, post } = hook();
    await post(delivery(ISSUE));
    await post(delivery(ISSUE));
    expect(new Set(world.ids).size).toBe(1);
  });

  test('names an organisation as its source, and github.com even if the API is elsewhere', async () => {
    const { world, post } = hook({ ownerAndRepository: 'Octocoders', githubAPIURL: 'https://ghe.example/api/v3' });
    await post(delivery(ISSUE));
    expect(world.emitted[0]?.attributes.get('source')).toBe('https://github.com/Octocoders');
  });

  test('has the extensions of ceOverrides, over its own', async () => {
    const { world, post } = hook({}, new SourceWorld(), { team: 'red', action: 'changed' });
    await post(delivery(ISSUE));
    expect(world.emitted[0]?.attributes.get('team')).toBe('red');
    expect(world.emitted[0]?.attributes.get('action')).toBe('changed');
  });

  test('of a form is the bytes of its payload, and the signature is over the form', async () => {
    const { world, post } = hook();
    const form = new URLSearchParams({ payload: ISSUE }).toString();
    expect((await post(delivery(form, { 'Content-Type': 'application/x-www-form-urlencoded' }))).status).toBe(202);
    expect(new TextDecoder().decode(world.emitted[0]?.data)).toBe(ISSUE);
    expect(world.emitted[0]?.attributes.get('datacontenttype')).toBe('application/json');
  });

  test('a charset beside the content type changes nothing', async () => {
    expect((await hook().post(delivery(ISSUE, { 'Content-Type': 'Application/JSON; charset=utf-8' }))).status).toBe(
      202,
    );
  });
});

describe('what nobody asked for is answered 202, counted, not emitted', () => {
  test.each(['ping', 'star', 'something_new'])('%s', async (event) => {
    const { world, source, post } = hook();
    expect(
      await post(delivery('{"zen":"Keep it logically awesome.","hook_id":1}', { 'X-GitHub-Event': event })),
    ).toMatchObject({ status: 202, body: '{"accepted":0}' });
    expect(world.emitted).toEqual([]);
    expect(source.status()).toMatchObject({ skipped: 1, emitted: 0, failures: 0 });
  });

  test('a ping that is asked for is emitted like anything else', async () => {
    const { world, post } = hook({ eventTypes: ['ping'] });
    await post(delivery('{"hook_id":109948940}', { 'X-GitHub-Event': 'ping' }));
    expect(world.emitted[0]?.attributes.get('type')).toBe('dev.knative.source.github.ping');
    expect(world.emitted[0]?.attributes.get('subject')).toBe('109948940');
  });
});

describe('what is refused, and nothing of it is emitted', () => {
  test('no signature: 401', async () => {
    expect(await refusal(delivery(ISSUE, { 'X-Hub-Signature-256': undefined }))).toMatchObject({
      status: 401,
      code: 'signature-missing',
    });
  });

  test('SHA-1 alone: 401', async () => {
    const sha1 = `sha1=${createHmac('sha1', SECRET).update(ISSUE).digest('hex')}`;
    expect(await refusal(delivery(ISSUE, { 'X-Hub-Signature-256': undefined, 'X-Hub-Signature': sha1 }))).toMatchObject(
      { status: 401, code: 'signature-missing', message: expect.stringContaining('SHA-256') },
    );
  });

  test('a signature of other bytes: 401', async () => {
    expect(
      await refusal({ ...delivery(ISSUE), body: new TextEncoder().encode(ISSUE.replace('7', '8')) }),
    ).toMatchObject({ status: 401, code: 'signature-invalid' });
  });

  test('a wrong signature comes before everything else that is wrong', async () => {
    const wrong = delivery('{', {
      'X-Hub-Signature-256': `sha256=${'0'.repeat(64)}`,
      'Content-Type': 'text/plain',
      'X-GitHub-Event': undefined,
    });
    expect(await refusal(wrong)).toMatchObject({ status: 401 });
  });

  test.each([
    ['X-GitHub-Event', undefined],
    ['X-GitHub-Event', ''],
    ['X-GitHub-Event', 'Issues; drop'],
    ['X-GitHub-Delivery', undefined],
    ['X-GitHub-Delivery', ''],
  ])('%s is %j: 400 with its name', async (name, value) => {
    expect(await refusal(delivery(ISSUE, { [name]: value }))).toMatchObject({
      status: 400,
      code: 'webhook-invalid',
      message: expect.stringContaining(name),
    });
  });

  test('a delivery id that comes twice: 400', async () => {
    const request = delivery(ISSUE);
    expect(
      await refusal({ ...request, rawHeaders: [...request.rawHeaders, 'x-github-delivery', 'other'] }),
    ).toMatchObject({ status: 400 });
  });

  test.each([undefined, '', 'text/plain', 'application/jsonp', 'multipart/form-data; boundary=x'])(
    'content type %j: 415',
    async (type) => {
      expect(await refusal(delivery(ISSUE, { 'Content-Type': type }))).toMatchObject({
        status: 415,
        code: 'content-type-unsupported',
      });
    },
  );

  test.each(['', '{', 'null', '[]', '"x"', '{"a":1}}', '\uFEFF{}', '['.repeat(200_000)])(
    'a body that is no JSON object: 400 (%#)',
    async (body) => {
      expect(await refusal(delivery(body))).toMatchObject({ status: 400, code: 'webhook-invalid' });
    },
  );

  test('bytes that are no UTF-8: 400', async () => {
    expect(await refusal(delivery(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)))).toMatchObject({
      status: 400,
    });
  });

  test('a form without payload: 400', async () => {
    expect(await refusal(delivery('other=1', { 'Content-Type': 'application/x-www-form-urlencoded' }))).toMatchObject({
      status: 400,
      message: expect.stringContaining('payload'),
    });
  });

  test('a body above the limit: 413 that names it', async () => {
    const world = new SourceWorld();
    world.bodyBytesMax = 10;
    expect(await refusal(delivery(ISSUE), hook({}, world))).toMatchObject({
      status: 413,
      code: 'event-too-large',
      message: expect.stringContaining('10 bytes'),
    });
  });

  test('a body that was not read to its end: counted as refused, with the reason', async () => {
    const given = hook();
    const unread = new RefusedError('event-too-large', 'the body is larger than the limit of 10 bytes');
    const empty = { ...delivery(''), unread };
    expect(await refusal(empty, given)).toMatchObject({ status: 413, code: 'event-too-large' });
    expect(given.source.status()).toMatchObject({ failures: 1, lastError: { code: 'event-too-large' } });
    expect(given.world.warnings).toEqual(['source.refused']);
  });

  test.each(['GET', 'HEAD', 'PUT', 'OPTIONS'])('%s: 405 with Allow', async (method) => {
    const { post } = hook();
    expect(await post({ ...delivery(ISSUE), method })).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });

  test('every refusal is counted, and the first of its kind logged, without the secret', async () => {
    const { world, source, post } = hook();
    await post(delivery(ISSUE, { 'X-Hub-Signature-256': undefined }));
    await post(delivery(ISSUE, { 'X-GitHub-Event': SECRET }));
    expect(source.status()).toMatchObject({ failures: 2, lastError: { code: 'webhook-invalid' } });
    expect(world.warnings).toEqual(['source.refused', 'source.refused']);
    expect(JSON.stringify([world.lines, source.status()])).not.toContain(SECRET);
  });

  test('refusals of one kind are one line a minute, which says how many there were', async () => {
    const { world, source, post } = hook();
    const forge = (): Promise<unknown> => post(delivery(ISSUE, { 'X-Hub-Signature-256': undefined }));
    for (let n = 0; n < 300; n += 1) await forge();
    await world.clock.advance(60_000);
    await forge();
    const lines = world.lines.filter(({ name }) => name === 'source.refused').map(({ fields }) => fields['more']);
    expect([lines, source.status().failures]).toEqual([[undefined, 299], 301]);
  });
});

describe('what does not run', () => {
  test.each([new Map<string, string>(), new Map([['hook/secret', '']])])(
    'a source whose secret is not there or empty (%#)',
    (secrets) => {
      expect(() => openSource(github({}, { secrets }), new SourceWorld().ports)).toThrow(
        expect.objectContaining({ code: 'secret-missing', path: 'spec.secretToken.secretKeyRef' }),
      );
    },
  );

  test('a source without secretToken', () => {
    expect(() => openSource(github({ secretToken: undefined }), new SourceWorld().ports)).toThrow(
      expect.objectContaining({ code: 'resource-invalid' }),
    );
  });

  test('a kind that is none', () => {
    expect(() => openSource({ ...github(), kind: 'FaxSource' }, new SourceWorld().ports)).toThrow(
      expect.objectContaining({
        code: 'resource-unsupported',
        message: expect.stringContaining('PingSource, GitHubSource'),
      }),
    );
  });
});

test("without an access token the webhook is somebody else's to make: configured", async () => {
  const { source, world } = hook();
  await world.clock.advance(0);
  expect(source.status().conditions).toEqual({ WebhookConfigured: { ok: true } });
  await source[Symbol.asyncDispose]();
});
