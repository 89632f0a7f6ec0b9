import { describe, expect, test } from 'vitest';
import { parse } from '../../crds/parse.ts';
import { refusalText } from '../../crds/refusal.ts';

const SECRETS = [{ secretKeyRef: { name: 'hook', key: 'secret' } }];
const parsed = (spec: object) =>
  parse({
    apiVersion: 'sources.weir.dev/v1alpha1',
    kind: 'WebhookSource',
    metadata: { name: 'hook' },
    spec: { sink: { uri: 'http://sink.example/' }, ...spec },
  });
const refusals = (spec: object): readonly string[] => {
  const result = parsed(spec);
  return result.is === 'refused' ? result.refusals.map(refusalText) : [];
};
const generic = (own: object, more: object = {}) => ({
  provider: 'generic',
  authentication: 'none',
  generic: own,
  ...more,
});
const signed = (signature: object, more: object = {}) => ({
  provider: 'generic',
  authentication: 'hmac',
  secrets: SECRETS,
  generic: { signature: { header: 'X-Signature', ...signature } },
  ...more,
});

describe('what is accepted', () => {
  test.each([
    [{ provider: 'stripe', secrets: SECRETS, toleranceSeconds: 60, eventTypes: ['invoice.paid'] }],
    [{ provider: 'shopify', secrets: [...SECRETS, ...SECRETS], allowedOrigins: ['*'], allowedRate: 60 }],
    [{ provider: 'standard-webhooks', secrets: SECRETS, standardWebhooks: { name: 'openai' } }],
    [{ provider: 'generic', authentication: 'none' }],
    [{ provider: 'generic', authentication: 'apiKey', secrets: SECRETS, apiKeyHeader: 'X-Key' }],
    [signed({ content: '{timestamp}.{body}', timestampHeader: 'X-Time' }, { toleranceSeconds: 10 })],
    [generic({ type: 'com.acme.{body:/type}', id: '{header:X-Id|sha256}' })],
  ])('%j', (spec) => {
    expect(refusals(spec)).toEqual([]);
  });

  test('and what it was read as is read again alike', () => {
    const once = parsed(signed({}));
    if (once.is !== 'resource' || !('spec' in once.resource)) throw new Error(once.is);
    expect(parse(once.resource)).toEqual(once);
  });
});

describe('what is refused, with the place and what to do', () => {
  test.each([
    [{ secrets: SECRETS }, 'spec.provider: is missing'],
    [{ provider: 'strpe', secrets: SECRETS }, 'spec.provider: is "strpe"; write github'],
    [{ provider: 'stripe' }, 'spec.secrets: is empty; without one anybody could forge events'],
    [{ provider: 'stripe', secrets: [] }, 'spec.secrets: is empty'],
    [{ provider: 'stripe', secrets: SECRETS, secret: 'plain' }, 'spec.secret: is no known field'],
    [
      { provider: 'stripe', secrets: SECRETS, authentication: 'none' },
      'spec.authentication: is none; stripe has a scheme of its own',
    ],
    [{ provider: 'stripe', secrets: SECRETS, toleranceSeconds: 0 }, 'spec.toleranceSeconds: is 0; write at least 1'],
    [{ provider: 'stripe', secrets: SECRETS, eventTypes: [] }, 'spec.eventTypes: is a list'],
    [{ provider: 'stripe', secrets: SECRETS, generic: {} }, 'spec.generic: stands beside provider: stripe'],
    [
      { provider: 'shopify', secrets: SECRETS, toleranceSeconds: 60 },
      'spec.toleranceSeconds: is written; shopify signs no time',
    ],
    [{ provider: 'stripe', secrets: SECRETS, allowedRate: 5 }, 'spec.allowedRate: stands without allowedOrigins'],
    [
      { provider: 'generic' },
      'spec.authentication: is missing; write hmac, bearer, basic, apiKey, none; with none anybody can send',
    ],
    [
      { provider: 'generic', authentication: 'none', secrets: SECRETS },
      'spec.secrets: stands beside authentication: none',
    ],
    [{ provider: 'generic', authentication: 'bearer' }, 'spec.secrets: is empty'],
    [{ provider: 'generic', authentication: 'hmac', secrets: SECRETS }, 'spec.generic.signature: is missing'],
    [generic({ signature: { header: 'X' } }), 'spec.generic.signature: stands without authentication: hmac'],
    [generic({}, { apiKeyHeader: 'X-Key' }), 'spec.apiKeyHeader: stands without authentication: apiKey'],
    [
      generic({ type: 'a{body:type}' }),
      'spec.generic.type: is "a{body:type}"; at character 3: "type" is no JSON Pointer',
    ],
    [generic({ cloudEvents: true, id: 'x' }), 'spec.generic.id: stands beside cloudEvents: true'],
    [generic({ challenge: { hub: {} } }), 'spec.generic.challenge.hub: has neither verifyToken nor topics'],
    [generic({ challenge: { crc: true } }), 'spec.generic.challenge.crc: stands without authentication: hmac'],
    [signed({ header: 'X Y' }), 'spec.generic.signature.header: is "X Y"'],
    [signed({ prefix: 'v1,' }), 'spec.generic.signature.prefix: is "v1,"'],
    [signed({ hash: 'md5' }), 'spec.generic.signature.hash: is "md5"; write sha1 or sha256 or sha512'],
    [
      signed({ content: '{timestamp}' }),
      'spec.generic.signature.content: is "{timestamp}"; what is signed must hold {body} once',
    ],
    [signed({ content: '{url}{body}' }), 'spec.generic.signature.content: is "{url}{body}"; braces stand around'],
    [
      signed({ content: '{timestamp}.{body}' }),
      'spec.generic.signature.content: signs {timestamp}; say where it stands',
    ],
    [signed({ timestampHeader: 'X-Time' }), 'spec.generic.signature.content: does not sign {timestamp}'],
    [signed({ idHeader: 'X-Id' }), 'spec.generic.signature.content: does not sign {id}'],
    [
      signed({}, { toleranceSeconds: 5 }),
      'spec.toleranceSeconds: is written; generic.signature.content signs no {timestamp}',
    ],
    [
      { provider: 'standard-webhooks', secrets: SECRETS, standardWebhooks: { name: 'Open AI' } },
      'spec.standardWebhooks.name: is "Open AI"',
    ],
  ])('%j', (spec, message) => {
    expect(refusals(spec).join('\n')).toContain(message);
  });
});
