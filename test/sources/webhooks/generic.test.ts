import { describe, expect, test } from 'vitest';
import { generic } from '../../../sources/webhooks/generic.ts';
import { ARRIVED, attributes, config, dataText, eventsOf, posted } from './posted.ts';
import { hmac, openWebhook } from './open-webhook.ts';

const mapped = (mapping: object, body: object | string, headers = {}) =>
  eventsOf(generic, posted(body, headers), { authentication: 'none', generic: mapping })[0];

describe('how a request becomes an event', () => {
  test('as the spec says', () => {
    const mapping = {
      type: 'com.acme.{body:/kind}',
      source: 'https://acme.example/{header:X-Shop}',
      subject: '{body:/order/number}',
      id: '{body:/id}',
      time: '{body:/at}',
    };
    const body = { kind: 'paid', order: { number: 12 }, id: 'e1', at: '2025-05-05T05:05:05Z' };
    const event = mapped(mapping, body, { 'X-Shop': '7' });
    expect(attributes(event)).toEqual({
      id: 'e1',
      source: 'https://acme.example/7',
      type: 'com.acme.paid',
      subject: '12',
      time: '2025-05-05T05:05:05Z',
      datacontenttype: 'application/json',
    });
    expect(dataText(event)).toBe(JSON.stringify(body));
  });

  test('where it says nothing', () => {
    expect(attributes(mapped({}, 'anything', { 'Content-Type': 'text/plain' }))).toEqual({
      id: 'ee0874170b7f6f32b8c2ac9573c428d35b575270a66b757c2c0185d2bd09718d',
      source: '/apis/v1/namespaces/default/webhooksources/it',
      type: 'dev.weir.webhook',
      time: ARRIVED,
      datacontenttype: 'text/plain',
    });
  });

  test.each([['webhook-id'], ['Idempotency-Key']])('%s is the id before a hash of the body is', (name) => {
    expect(attributes(mapped({}, '{}', { [name]: 'm1' }))['id']).toBe('m1');
  });

  test.each([
    ['1767225600', '2026-01-01T00:00:00.000Z'],
    ['1767225600.25', '2026-01-01T00:00:00.250Z'],
    ['1767225600250', '2026-01-01T00:00:00.250Z'],
  ])('the number %s is the time %s', (at, time) => {
    expect(attributes(mapped({ time: '{body:/at}' }, `{"at":${at}}`))['time']).toBe(time);
  });

  test('source, subject and time that have no value are as if they were not written', () => {
    const mapping = { source: '{body:/s}', subject: '{body:/s}', time: '{body:/s}' };
    expect(attributes(mapped(mapping, '{}'))).toMatchObject({
      source: '/apis/v1/namespaces/default/webhooksources/it',
      time: ARRIVED,
    });
    expect(attributes(mapped(mapping, '{}'))).not.toHaveProperty('subject');
  });

  test.each([
    [{ type: '{body:/none}' }, 'spec.generic.type'],
    [{ id: '{body:/none}' }, 'spec.generic.id'],
    [{ time: '{body:/word}' }, 'spec.generic.time'],
    [{ source: '{body:/word}' }, 'spec.generic.source'],
  ])('%o that reads nothing good is refused with 400', (mapping, where) => {
    const request = posted({ word: 'not a time, not a URI' });
    expect(generic.read(request, config(generic, [], { generic: mapping }))).toMatchObject({
      status: 400,
      message: expect.stringContaining(where),
    });
  });

  test('an event of the wrong form is answered 400, and nothing is emitted', async () => {
    const { world, post } = openWebhook({ provider: 'generic', authentication: 'none', generic: { id: '{body:/id}' } });
    expect((await post(posted({ id: 'a\u0007b' }))).status).toBe(400);
    expect(world.emitted).toEqual([]);
  });
});

describe('CloudEvents as they are', () => {
  const open = () => openWebhook({ provider: 'generic', authentication: 'none', generic: { cloudEvents: true } });

  test('in binary mode, structured, and several at once in one append', async () => {
    const { world, post } = open();
    const event = (id: string) => ({ specversion: '1.0', id, source: '/s', type: 't', ext: 'kept' });
    const binary = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't', 'ce-ext': 'kept' };
    expect((await post(posted('{"b":1}', binary))).status).toBe(202);
    await post(posted(event('2'), { 'Content-Type': 'application/cloudevents+json' }));
    await post(posted([event('3'), event('4')], { 'Content-Type': 'application/cloudevents-batch+json' }));
    expect(world.ids).toEqual(['1', '2', '3', '4']);
    expect(world.appends).toBe(3);
    expect(attributes(world.emitted[0])).toEqual({
      id: '1',
      source: '/s',
      type: 't',
      ext: 'kept',
      datacontenttype: 'application/json',
    });
    expect(dataText(world.emitted[0])).toBe('{"b":1}');
  });

  test('what is none is refused with 400', async () => {
    const { post } = open();
    expect(await post(posted('{}'))).toMatchObject({ status: 400, body: expect.stringContaining('no CloudEvent') });
    expect((await post(posted('{', { 'Content-Type': 'application/cloudevents+json' }))).status).toBe(400);
  });
});

type Sent = Readonly<Record<string, string>>;

describe('who is let in', () => {
  const status = async (spec: object, secrets: readonly string[], { target, ...headers }: Sent): Promise<number> => {
    const { post } = openWebhook({ provider: 'generic', ...spec }, secrets);
    return (await post(posted('{}', headers, target))).status;
  };

  test('bearer: one of the secrets, in the header or, where that cannot be, in the query, never in both', async () => {
    const spec = { authentication: 'bearer' };
    const secrets = ['old-token', 'new-token'];
    expect(await status(spec, secrets, { Authorization: 'Bearer new-token' })).toBe(202);
    expect(await status(spec, secrets, { Authorization: 'bearer old-token' })).toBe(202);
    expect(await status(spec, secrets, { target: '/hook?access_token=old-token' })).toBe(202);
    expect(await status(spec, secrets, {})).toBe(401);
    expect(await status(spec, secrets, { Authorization: 'Bearer other' })).toBe(401);
    expect(await status(spec, secrets, { Authorization: 'Basic new-token' })).toBe(401);
    expect(await status(spec, secrets, { Authorization: 'Bearer new-token', authorization: 'Bearer x' })).toBe(401);
    expect(await status(spec, secrets, { Authorization: 'Bearer new-token', target: '/?access_token=new-token' })).toBe(
      401,
    );
    expect(await status(spec, secrets, { target: '/?access_token=new-token&access_token=new-token' })).toBe(401);
  });

  test('basic: user and password together are the secret, and who is refused is told how to log in', async () => {
    const spec = { authentication: 'basic' };
    const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    expect(await status(spec, ['weir:pässword'], basic('weir:pässword'))).toBe(202);
    expect(await status(spec, ['weir:pässword'], basic('weir:password'))).toBe(401);
    expect(await status(spec, ['weir:password'], { Authorization: 'Basic d2VpcjpwYXNzd29yZA' })).toBe(401);
    const { post } = openWebhook({ provider: 'generic', ...spec }, ['a:b']);
    expect((await post(posted('{}'))).headers['www-authenticate']).toBe('Basic realm="weir", charset="UTF-8"');
  });

  test('apiKey: in the header of the spec', async () => {
    const spec = { authentication: 'apiKey' };
    expect(await status(spec, ['k'], { 'X-Api-Key': 'k' })).toBe(202);
    expect(await status(spec, ['k'], { 'X-Api-Key': 'l' })).toBe(401);
    expect(await status({ ...spec, apiKeyHeader: 'X-Key' }, ['k'], { 'X-Key': 'k' })).toBe(202);
    expect(await status({ ...spec, apiKeyHeader: 'X-Key' }, ['k'], { 'X-Api-Key': 'k' })).toBe(401);
  });

  test('none: everybody, which is said aloud', async () => {
    const { world, source, post } = openWebhook({ provider: 'generic', authentication: 'none' });
    expect((await post(posted('{}'))).status).toBe(202);
    expect(world.warnings).toContain('source.open');
    expect(source.status().fields).toEqual({
      warning: expect.stringContaining('whoever reaches its address can send'),
    });
  });
});

describe('hmac as others write it', () => {
  const at = '1767225600';
  const tests: readonly [string, object, (body: string) => Readonly<Record<string, string>>][] = [
    [
      'Vercel',
      { header: 'x-vercel-signature', hash: 'sha1' },
      (body) => ({ 'x-vercel-signature': hmac('s3cret', [body], { hash: 'sha1' }) }),
    ],
    [
      'X',
      { header: 'X-Twitter-Webhooks-Signature', prefix: 'sha256=', encoding: 'base64' },
      (body) => ({ 'X-Twitter-Webhooks-Signature': `sha256=${hmac('s3cret', [body], { encoding: 'base64' })}` }),
    ],
    [
      'Paddle',
      { header: 'Paddle-Signature', prefix: 'h1=', content: '{timestamp}:{body}', timestampPrefix: 'ts=' },
      (body) => ({ 'Paddle-Signature': `ts=${at};h1=${hmac('s3cret', [`${at}:`, body])}` }),
    ],
    [
      'Webflow, in milliseconds',
      { header: 'x-webflow-signature', content: '{timestamp}:{body}', timestampHeader: 'x-webflow-timestamp' },
      (body) => ({ 'x-webflow-signature': hmac('s3cret', [`${at}999:`, body]), 'x-webflow-timestamp': `${at}999` }),
    ],
    [
      'Outpost, two values while a secret is replaced',
      { header: 'x-outpost-signature', prefix: 'v0=' },
      (body) => ({ 'x-outpost-signature': `v0=${'0'.repeat(64)},v0=${hmac('s3cret', [body])}` }),
    ],
    [
      'id and time before the body, sha512',
      { header: 'sig', hash: 'sha512', content: '{id}.{timestamp}.{body}', timestampHeader: 'ts', idHeader: 'id' },
      (body) => ({ id: 'm1', ts: at, sig: hmac('s3cret', [`m1.${at}.`, body], { hash: 'sha512' }) }),
    ],
  ];

  test.each(tests)('%s', async (_name, signature, headers) => {
    const { world, post } = openWebhook({ provider: 'generic', authentication: 'hmac', generic: { signature } }, [
      's3cret',
    ]);
    expect((await post(posted('{"a":1}', headers('{"a":1}')))).status).toBe(202);
    expect((await post(posted('{"a":2}', headers('{"a":1}')))).status).toBe(401);
    expect((await post(posted('{"a":1}'))).status).toBe(401);
    for (const name of Object.keys(headers('x')))
      expect((await post(posted('{"a":1}', { ...headers('{"a":1}'), [name]: 'no' }))).status).toBe(401);
    expect(world.emitted).toHaveLength(1);
  });

  test('a signed time that is too old is refused', async () => {
    const signature = { header: 'sig', content: '{timestamp}.{body}', timestampHeader: 'ts' };
    const spec = { provider: 'generic', authentication: 'hmac', toleranceSeconds: 10, generic: { signature } };
    const { post } = openWebhook(spec, ['s3cret']);
    const sent = (ts: string) => post(posted('{}', { ts, sig: hmac('s3cret', [`${ts}.{}`]) }));
    expect((await sent('1767225590')).status).toBe(202);
    expect((await sent('1767225589')).status).toBe(401);
  });
});
