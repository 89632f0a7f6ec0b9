import { describe, expect, test } from 'vitest';
import { SourceWorld, instance } from '../source-world.ts';
import { openSource } from '../../../sources/open.ts';
import type { WebhookAnswer } from '../../../sources/webhook.ts';
import { hmac, openWebhook } from './open-webhook.ts';
import { posted } from './posted.ts';

const get = (query: string) => ({
  ...posted(''),
  method: 'GET',
  target: `/-/sources/default/webhooksource/it?${query}`,
});

describe('hub.challenge', () => {
  const open = (hub: object) => {
    const source = openSource(
      instance(
        'WebhookSource',
        { sink: { uri: 'http://sink' }, provider: 'generic', authentication: 'none', generic: { challenge: { hub } } },
        { secrets: new Map([['meta/verify', 'verify-me']]) },
      ),
      new SourceWorld().ports,
    );
    return async (query: string): Promise<WebhookAnswer | undefined> => source.webhook?.(get(query));
  };
  const TOKEN = { verifyToken: { secretKeyRef: { name: 'meta', key: 'verify' } } };

  test('is echoed for the token that is expected', async () => {
    const ask = open(TOKEN);
    expect(await ask('hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=verify-me')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
      body: '1158201444',
    });
  });

  test.each([
    ['hub.mode=subscribe&hub.challenge=1&hub.verify_token=other'],
    ['hub.mode=subscribe&hub.challenge=1'],
    ['hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=verify-me'],
    ['hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=verify-me'],
    ['hub.mode=subscribe&hub.challenge=1&hub.challenge=2&hub.verify_token=verify-me'],
    [''],
  ])('is not echoed for %s', async (query) => {
    expect(await open(TOKEN)(query)).toMatchObject({ status: 404 });
  });

  test('is echoed for a topic that is expected', async () => {
    const ask = open({ topics: ['https://feed.example/a'] });
    expect((await ask('hub.mode=subscribe&hub.challenge=x&hub.topic=https%3A%2F%2Ffeed.example%2Fa'))?.body).toBe('x');
    expect((await ask('hub.mode=subscribe&hub.challenge=x&hub.topic=https%3A%2F%2Ffeed.example%2Fb'))?.status).toBe(
      404,
    );
  });
});

describe('crc_token', () => {
  const signature = { header: 'X-Twitter-Webhooks-Signature', prefix: 'sha256=', encoding: 'base64' };
  const open = () =>
    openWebhook({ provider: 'generic', authentication: 'hmac', generic: { signature, challenge: { crc: true } } }, [
      'key',
    ]);

  test('is answered with its HMAC', async () => {
    expect(await open().post(get('crc_token=abc123'))).toMatchObject({
      status: 200,
      body: JSON.stringify({ response_token: `sha256=${hmac('key', ['abc123'], { encoding: 'base64' })}` }),
    });
  });

  test('never signs what could be sent back as a body', async () => {
    const { world, post } = open();
    expect((await post(get(`crc_token=${encodeURIComponent('{"forged":true}')}`))).status).toBe(400);
    const said: unknown = JSON.parse((await post(get('crc_token=123'))).body);
    const token = Object(said).response_token;
    expect((await post(posted('123', { 'X-Twitter-Webhooks-Signature': token }))).status).toBe(400);
    expect(world.emitted).toEqual([]);
  });
});

test.each(['stripe', 'slack', 'shopify'])('%s knows no GET: 405 with the method it takes', async (provider) => {
  const { post } = openWebhook({ provider }, ['secret']);
  expect(await post(get(''))).toMatchObject({ status: 405, headers: { allow: 'POST' } });
});

test('without a challenge in the spec GET is answered 405', async () => {
  const { post } = openWebhook({ provider: 'generic', authentication: 'none' });
  expect((await post(get('hub.mode=subscribe&hub.challenge=1'))).status).toBe(405);
});
