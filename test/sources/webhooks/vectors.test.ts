import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { WebhookRequest } from '../../../sources/source.ts';
import { shopify } from '../../../sources/webhooks/shopify.ts';
import { slack } from '../../../sources/webhooks/slack.ts';
import { standardWebhooks } from '../../../sources/webhooks/standard-webhooks.ts';
import { twilio } from '../../../sources/webhooks/twilio.ts';
import { config, posted } from './posted.ts';

const at = (seconds: number, request: WebhookRequest): WebhookRequest => ({
  ...request,
  receivedAtMs: seconds * 1000,
});

describe('Slack', () => {
  const body =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  const headers = {
    'X-Slack-Request-Timestamp': '1531420618',
    'X-Slack-Signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  };

  test('the example of its documentation is genuine, and not with another byte [Verifying requests from Slack]', () => {
    const trusted = config(slack, ['8f742231b10e8888abcd99yyyzzz85a5']);
    expect(slack.verify(at(1_531_420_618, posted(body, headers)), trusted)).toBeUndefined();
    expect(slack.verify(at(1_531_420_618, posted(`${body}x`, headers)), trusted)).toMatchObject({ status: 401 });
  });
});

describe('Standard Webhooks', () => {
  const BODY = '{"test": 2432232314}';
  const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
  const trusted = config(standardWebhooks, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']);
  const headers = (family: string): Record<string, string> => ({
    [`${family}-id`]: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    [`${family}-timestamp`]: '1614265330',
    [`${family}-signature`]: SIGNATURE,
  });

  test.each(['webhook', 'svix', 'Webhook', 'Svix'])(
    'the example of its libraries is genuine as %s-signature',
    (family) => {
      expect(standardWebhooks.verify(at(1_614_265_330, posted(BODY, headers(family))), trusted)).toBeUndefined();
    },
  );

  test('the secret may come without whsec_, and among several signatures', () => {
    const bare = config(standardWebhooks, ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']);
    const several = {
      ...headers('webhook'),
      'webhook-signature': `v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,x ${SIGNATURE}`,
    };
    expect(standardWebhooks.verify(at(1_614_265_330, posted(BODY, several)), bare)).toBeUndefined();
  });

  test('v1a is checked with the public key, and a shared secret does not pass for one', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
    const signature = sign(null, Buffer.from(`msg_1.1614265330.${BODY}`), privateKey).toString('base64');
    const request = at(
      1_614_265_330,
      posted(BODY, {
        'webhook-id': 'msg_1',
        'webhook-timestamp': '1614265330',
        'webhook-signature': `v1a,${signature}`,
      }),
    );
    expect(standardWebhooks.verify(request, config(standardWebhooks, [`whpk_${raw}`]))).toBeUndefined();
    expect(standardWebhooks.verify(request, trusted)).toMatchObject({ status: 401 });
    expect(standardWebhooks.verify(request, config(standardWebhooks, [`whsec_${raw}`]))).toMatchObject({ status: 401 });
  });
});

describe('Twilio', () => {
  const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const PARAMETERS =
    'From=%2B14158675309&To=%2B18005551212&Digits=1234&Caller=%2B14158675309&CallSid=CA1234567890ABCDE';
  const TARGET = '/myapp.php?foo=1&bar=2';
  const trusted = (publicUrl = 'https://mycompany.com') => ({ ...config(twilio, ['12345']), publicUrl });
  const verified = (request: WebhookRequest, publicUrl?: string) =>
    twilio.verify(request, trusted(publicUrl)) === undefined;

  test.each([
    ['as the documentation has it', 'https://mycompany.com', 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
    ['with the default port written', 'https://mycompany.com', 'kvajT1Ptam85bY51eRf/AJRuM3w='],
    ['of http with the default port written', 'http://mycompany.com', '0ZXoZLH/DfblKGATFgpif+LLRf4='],
    ['without the port of the public URL', 'https://mycompany.com:1234', 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
  ])('the example of its libraries is genuine %s', (_what, publicUrl, signature) => {
    const headers = { ...FORM, 'X-Twilio-Signature': signature };
    expect(verified(posted(PARAMETERS, headers, TARGET), publicUrl)).toBe(true);
    expect(verified(posted(`${PARAMETERS}0`, headers, TARGET), publicUrl)).toBe(false);
    expect(verified(posted(PARAMETERS, headers, `${TARGET}&more=1`), publicUrl)).toBe(false);
  });

  test('parameters that come several times are signed sorted, equal ones once', () => {
    const body = 'Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234';
    expect(verified(posted(body, { ...FORM, 'X-Twilio-Signature': 'IK+Dwps556ElfBT0I3Rgjkr1wJU=' }, TARGET))).toBe(
      true,
    );
  });

  test('a body of JSON is signed by its hash in the URL', () => {
    const hash = '0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620';
    const headers = { 'X-Twilio-Signature': 'a9nBmqA0ju/hNViExpshrM61xv4=' };
    const target = `${TARGET}&bodySHA256=${hash}`;
    expect(verified(posted('{"property": "value", "boolean": true}', headers, target))).toBe(true);
    expect(verified(posted('{"property": "value", "boolean": false}', headers, target))).toBe(false);
  });

  test('a body of JSON that nothing signs is refused, though the URL is signed', () => {
    const headers = { 'X-Twilio-Signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=' };
    expect(twilio.verify(posted('{}', headers, TARGET), trusted())).toMatchObject({
      status: 401,
      message: expect.stringContaining('bodySHA256'),
    });
  });
});

describe('Shopify', () => {
  test('a signature that others computed is genuine', () => {
    const body = '{"id":1234567890,"email":"customer@example.com","total_price":"123.45"}';
    const headers = { 'X-Shopify-Hmac-Sha256': 'QNyObTlKbMx2qDlPF/ZOZcBqg5OgPg+2oky3zldc0Gw=' };
    expect(shopify.verify(posted(body, headers), config(shopify, ['test-webhook-secret']))).toBeUndefined();
    expect(shopify.verify(posted(body, headers), config(shopify, ['another']))).toMatchObject({ status: 401 });
  });
});
