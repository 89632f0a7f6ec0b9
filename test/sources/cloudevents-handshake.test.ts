import { describe, expect, test } from 'vitest';
import { cloudEventsHandshake, type HandshakeGrants } from '../../sources/cloudevents-handshake.ts';
import { openWebhook } from './webhooks/open-webhook.ts';

const asked = (headers: Readonly<Record<string, string>>) => ({
  method: 'OPTIONS',
  target: '/-/sources/default/webhooksource/it',
  rawHeaders: Object.entries(headers).flat(),
  body: new Uint8Array(),
  receivedAtMs: 0,
});
const answer = (headers: Readonly<Record<string, string>>, grants: HandshakeGrants) => {
  const result = cloudEventsHandshake(asked(headers), grants);
  return 'answer' in result ? result.answer : result;
};
const ORIGIN = { 'WebHook-Request-Origin': 'eventemitter.example.com' };
const GRANTED = { allowedOrigins: ['EventEmitter.example.com'] };

describe('consent [CloudEvents HTTP webhook 4.2]', () => {
  test('names the origin and a rate, and what may be sent', () => {
    expect(answer(ORIGIN, GRANTED)).toEqual({
      status: 200,
      headers: {
        allow: 'POST, OPTIONS',
        'webhook-allowed-origin': 'eventemitter.example.com',
        'webhook-allowed-rate': '*',
      },
      body: '',
    });
  });

  test.each([
    [undefined, 120, '120'],
    ['60', 120, '60'],
    ['500', 120, '120'],
    ['500', undefined, '*'],
  ])('asked for %s a minute, of %s that are allowed: %s', (rate, allowedRate, granted) => {
    const headers = rate === undefined ? ORIGIN : { ...ORIGIN, 'WebHook-Request-Rate': rate };
    expect(answer(headers, { ...GRANTED, allowedRate })).toMatchObject({
      headers: { 'webhook-allowed-rate': granted },
    });
  });

  test('is given to everybody as *', () => {
    expect(answer(ORIGIN, { allowedOrigins: ['*'] })).toMatchObject({ headers: { 'webhook-allowed-origin': '*' } });
  });

  test('is not given to others: no header says so', () => {
    const refused = answer({ 'WebHook-Request-Origin': 'evil.example' }, GRANTED);
    expect(refused).toMatchObject({ status: 403, code: 'forbidden' });
    expect(JSON.stringify(refused)).not.toContain('allowed-origin');
  });

  test.each([
    [{}],
    [{ 'WebHook-Request-Origin': '' }],
    [{ 'WebHook-Request-Origin': 'a.example', 'webhook-request-origin': 'b.example' }],
    [{ 'WebHook-Request-Origin': '*' }],
    [{ 'WebHook-Request-Origin': 'a b' }],
    [{ ...ORIGIN, 'WebHook-Request-Rate': '0' }],
    [{ ...ORIGIN, 'WebHook-Request-Rate': '*' }],
    [{ ...ORIGIN, 'WebHook-Request-Rate': '1e3' }],
  ])('%o is refused with 400', (headers) => {
    expect(answer({ ...headers }, { allowedOrigins: ['*'] })).toMatchObject({ status: 400 });
  });

  test('an address that grants nobody anything answers as if it knew no handshake', () => {
    expect(answer(ORIGIN, { allowedOrigins: [] })).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });
});

describe('a WebhookSource', () => {
  test('consents to whom its spec names, emits nothing by it, and calls no callback', async () => {
    const { world, post } = openWebhook(
      { provider: 'stripe', allowedOrigins: ['eventemitter.example.com'], allowedRate: 10 },
      ['s'],
    );
    const headers = { ...ORIGIN, 'WebHook-Request-Callback': 'http://127.0.0.1:1/consent' };
    expect(await post(asked(headers))).toMatchObject({ status: 200, headers: { 'webhook-allowed-rate': '10' } });
    expect(world.emitted).toEqual([]);
  });

  test('without allowedOrigins consents to nobody', async () => {
    const { post } = openWebhook({ provider: 'stripe' }, ['s']);
    expect((await post(asked(ORIGIN))).status).toBe(405);
  });
});
