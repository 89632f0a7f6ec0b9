import { describe, expect, test } from 'vitest';
import { openStorage, request, secret, TOKENS, type OpenStorage } from './open-storage.ts';
import { FakeIssuer, GCS_SPEC, JWKS_URL } from './oidc-token.ts';

const NOW_S = Date.parse('2026-01-01T00:00:00Z') / 1000;
const PUSH = {
  message: {
    attributes: { eventType: 'OBJECT_FINALIZE', bucketId: 'photos', objectId: 'a' },
    messageId: '1',
    publishTime: '2026-01-01T00:00:00Z',
  },
};

async function pushed(
  { post }: OpenStorage,
  token: string | undefined,
): Promise<{ readonly status: number; readonly body: string }> {
  return post(request(PUSH, { Authorization: token === undefined ? undefined : `Bearer ${token}` }));
}

describe('a push of Pub/Sub', () => {
  test('with a token of its service account is accepted', async () => {
    const issuer = await FakeIssuer.begin();
    const it = openStorage(GCS_SPEC, issuer);
    expect((await pushed(it, await issuer.token())).status).toBe(202);
    expect((await pushed(it, await issuer.token({ claims: { iss: 'accounts.google.com' } }))).status).toBe(202);
    expect(it.world.emitted).toHaveLength(2);
  });

  test.each([
    ['of another audience', { claims: { aud: 'https://other.example.com' } }],
    ['of another issuer', { claims: { iss: 'https://accounts.google.com.evil.example' } }],
    ['of another service account', { claims: { email: 'mallory@project.iam.gserviceaccount.com' } }],
    ['whose address nobody verified', { claims: { email_verified: false } }],
    ['that says "true" where true belongs', { claims: { email_verified: 'true' } }],
    ['without an address', { claims: { email: undefined } }],
    ['that is over', { claims: { exp: NOW_S - 61 } }],
    ['that never ends', { claims: { exp: undefined } }],
    ['that is not yet', { claims: { nbf: NOW_S + 61 } }],
    ['signed with another key', { kid: 'b' }],
    ['signed with a shared secret', { alg: 'HS256' }],
  ])('with a token %s is refused with 401', async (_what, options) => {
    const issuer = await FakeIssuer.begin();
    const it = openStorage(GCS_SPEC, issuer);
    expect((await pushed(it, await issuer.token(options))).status).toBe(401);
    expect(it.world.offered).toEqual([]);
  });

  test.each([
    ['no token', undefined],
    ['no JWT', 'hello'],
    ['a JWT without a signature', 'eyJhbGciOiJub25lIn0.eyJhIjoxfQ.'],
  ])('with %s is refused with 401', async (_what, token) => {
    expect((await pushed(openStorage(GCS_SPEC, await FakeIssuer.begin()), token)).status).toBe(401);
  });

  test('does not make us say its token', async () => {
    const issuer = await FakeIssuer.begin();
    const it = openStorage(GCS_SPEC, issuer);
    const token = await issuer.token({ claims: { exp: NOW_S - 3600 } });
    const { body } = await pushed(it, token);
    expect(JSON.stringify([body, it.world.lines, it.source.status()])).not.toContain(token.slice(0, 30));
    expect(body).toContain('exp');
  });
});

describe('the keys', () => {
  test('are fetched once an hour', async () => {
    const issuer = await FakeIssuer.begin();
    const it = openStorage(GCS_SPEC, issuer);
    const token = await issuer.token({ claims: { exp: NOW_S + 7200 } });
    for (let n = 0; n < 3; n += 1) expect((await pushed(it, token)).status).toBe(202);
    expect(issuer.asked).toEqual([JWKS_URL]);
    await it.world.clock.advance(3_600_000);
    expect((await pushed(it, token)).status).toBe(202);
    expect(issuer.asked).toHaveLength(2);
  });

  test('are fetched again for a token with a new one, at most once a minute', async () => {
    const issuer = await FakeIssuer.begin();
    const it = openStorage(GCS_SPEC, issuer);
    expect((await pushed(it, await issuer.token())).status).toBe(202);
    await issuer.rotate('b');
    const token = await issuer.token({ kid: 'b' });
    expect((await pushed(it, token)).status).toBe(401);
    expect(issuer.asked).toHaveLength(1);
    await it.world.clock.advance(60_000);
    expect((await pushed(it, token)).status).toBe(202);
    for (let n = 0; n < 5; n += 1) await pushed(it, await issuer.token({ kid: `made-up-${n}` }));
    expect(issuer.asked).toHaveLength(2);
  });

  test('cannot be fetched: 503 while there are none, and the old ones serve while there are', async () => {
    const issuer = await FakeIssuer.begin();
    const keys = issuer.answers.get(JWKS_URL);
    const it = openStorage(GCS_SPEC, issuer);
    const token = await issuer.token({ claims: { exp: NOW_S + 7200 } });
    for (const answer of [{ status: 500 }, { body: 'hello' }, undefined]) {
      if (answer) issuer.answers.set(JWKS_URL, answer);
      else issuer.answers.delete(JWKS_URL);
      expect((await pushed(it, token)).status).toBe(503);
    }
    issuer.answers.set(JWKS_URL, keys ?? {});
    expect((await pushed(it, token)).status).toBe(202);
    issuer.answers.delete(JWKS_URL);
    await it.world.clock.advance(3_600_000);
    expect((await pushed(it, token)).status).toBe(202);
  });
});

test('Event Grid proves itself by its application, in either version of tokens', async () => {
  const issuer = await FakeIssuer.begin();
  const oidc = { audience: 'api://weir', issuer: 'https://login.microsoftonline.com/t/v2.0', jwksUrl: JWKS_URL };
  const it = openStorage({ provider: 'azure', http: { oidc } }, issuer);
  const claims = { iss: oidc.issuer, aud: oidc.audience };
  const app = '4962773b-9cdb-44cf-a8bf-237846a00ab7';
  for (const [more, wanted] of [
    [{ azp: app }, 202],
    [{ appid: app }, 202],
    [{ azp: 'other' }, 401],
    [{}, 401],
  ] as const)
    expect((await pushed(it, await issuer.token({ claims: { ...claims, ...more } }))).status).toBe(wanted);
});

test('where Event Grid is to show a token too, neither is enough alone', async () => {
  const issuer = await FakeIssuer.begin();
  const oidc = { audience: 'api://weir', issuer: 'https://login.microsoftonline.com/t/v2.0', jwksUrl: JWKS_URL };
  const { post } = openStorage({ provider: 'azure', http: { oidc, authToken: secret('now') } }, issuer);
  const app = '4962773b-9cdb-44cf-a8bf-237846a00ab7';
  const signed = `Bearer ${await issuer.token({ claims: { iss: oidc.issuer, aud: oidc.audience, azp: app } })}`;
  const query = `?access_token=${TOKENS.now}`;
  const status = async (headers: Record<string, string>, more: { readonly query?: string }): Promise<number> =>
    (await post(request(PUSH, headers, more))).status;
  expect(await status({ Authorization: signed }, {})).toBe(401);
  expect(await status({}, { query })).toBe(401);
  expect(await status({ Authorization: `Bearer ${TOKENS.now}` }, {})).toBe(401);
  expect(await status({ Authorization: signed }, { query })).toBe(202);
});
