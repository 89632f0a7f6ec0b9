import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../../events/errors.ts';
import { attribute } from '../../../events/event.ts';
import { captured } from './read.ts';
import { openStorage, request, secret, TOKENS } from './open-storage.ts';

const MINIO = { provider: 'minio', http: { authToken: secret('now') } };
const CEPH = {
  provider: 'ceph',
  http: { authToken: secret('now'), basic: { username: 'rgw', password: secret('password') } },
};
const AZURE = { provider: 'azure', http: { authToken: secret('now'), authHeader: 'X-Weir-Key' } };

async function status(spec: object, headers: Readonly<Record<string, string>>, query = ''): Promise<number> {
  const { post, source } = openStorage(spec);
  const answer = await post(request(captured('created-put'), headers, { query }));
  await source[Symbol.asyncDispose]();
  return answer.status;
}

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('a token in Authorization', () => {
  test.each([
    ['as MinIO writes it', { Authorization: `Bearer ${TOKENS.now}` }, 202],
    ['without its scheme', { Authorization: TOKENS.now }, 401],
    ['another', { Authorization: 'Bearer wrong' }, 401],
    ['the beginning of it', { Authorization: `Bearer ${TOKENS.now.slice(0, -1)}` }, 401],
    ['none', {}, 401],
    ['an empty one', { Authorization: '' }, 401],
    ['in another place', { 'X-Api-Key': TOKENS.now }, 401],
  ])('%s', async (_what, headers, wanted) => {
    expect(await status(MINIO, Object.fromEntries(Object.entries(headers)))).toBe(wanted);
  });

  test('that comes twice is none', async () => {
    const { post } = openStorage(MINIO);
    const twice = request(captured('created-put'), {
      Authorization: `Bearer ${TOKENS.now}`,
      authorization: `Bearer ${TOKENS.now}`,
    });
    expect((await post(twice)).status).toBe(401);
  });

  test('has a scheme of its own: it is wanted as it is', async () => {
    const spec = { provider: 'minio', http: { authToken: { secretKeyRef: { name: 'storage', key: 'words' } } } };
    const { kind } = openStorage(MINIO).servers;
    const webhook = kind.webhook?.(
      {
        namespace: 'default',
        name: 'it',
        kind: 'ObjectStorageSource',
        spec: { sink: { uri: 'http://sink.example' }, ...spec },
        secrets: new Map([['storage/words', 'Custom two']]),
      },
      { ...openStorage(MINIO).world.ports },
    );
    const signal = new AbortController().signal;
    expect(await webhook?.(request(captured('created-put'), { Authorization: 'Custom two' }), signal)).toHaveLength(1);
    expect(
      await webhook?.(request(captured('created-put'), { Authorization: 'Bearer Custom two' }), signal),
    ).toMatchObject({ status: 401 });
  });

  test('of yesterday is taken while it is replaced, and not after', async () => {
    const headers = { Authorization: `Bearer ${TOKENS.before}` };
    expect(
      await status(
        { provider: 'minio', http: { authToken: secret('now'), previousAuthTokens: [secret('before')] } },
        headers,
      ),
    ).toBe(202);
    expect(await status(MINIO, headers)).toBe(401);
  });
});

describe('a token elsewhere', () => {
  const cases: readonly (readonly [string, number, object, Readonly<Record<string, string>>, string?])[] = [
    ['in the query, for who can set no header', 202, AZURE, {}, `?access_token=${TOKENS.now}`],
    ['another in the query', 401, AZURE, {}, '?access_token=wrong'],
    ['twice in the query', 401, AZURE, {}, `?access_token=${TOKENS.now}&access_token=wrong`],
    ['in the query, for MinIO, which can set a header', 401, MINIO, {}, `?access_token=${TOKENS.now}`],
    ['in a header of its own', 202, AZURE, { 'x-weir-key': TOKENS.now }],
    ['another in a header of its own', 401, AZURE, { 'x-weir-key': 'wrong' }],
    ['right in one place and wrong in another', 401, AZURE, { 'x-weir-key': TOKENS.now }, '?access_token=wrong'],
    ['user and password', 202, CEPH, { Authorization: basic(`rgw:${TOKENS.password}`) }],
    ['user and another password', 401, CEPH, { Authorization: basic('rgw:wrong') }],
    ['another user', 401, CEPH, { Authorization: basic(`root:${TOKENS.password}`) }],
  ];
  test.each(cases)('%s: %i', async (...[, wanted, spec, headers, query]) => {
    expect(await status(spec, headers, query)).toBe(wanted);
  });
});

test('authentication: none takes everything', async () => {
  expect(await status({ provider: 'minio', http: { authentication: 'none' } }, {})).toBe(202);
});

test('a body that cannot be read is accepted as a dead letter: MinIO would send it for ever, and keep everything behind it', async () => {
  const { post, world } = openStorage(MINIO);
  const headers = { Authorization: `Bearer ${TOKENS.now}` };
  for (const body of ['', '{', '[]', '{"Records":[{}]}']) expect((await post(request(body, headers))).status).toBe(202);
  expect(world.emitted.map((event) => attribute(event, 'type'))).toEqual(Array(4).fill('dev.weir.source.deadletter'));
});

test('what its sink refuses for good is accepted as a dead letter too, and counted as one', async () => {
  const { post, world, source } = openStorage(MINIO);
  world.sink = async (event) => {
    if (attribute(event, 'subject') === 'photo.txt') throw new RefusedError('event-too-large', 'too large');
  };
  const answer = await post(request(captured('created-put'), { Authorization: `Bearer ${TOKENS.now}` }));
  expect(answer.status).toBe(202);
  expect(world.emitted.map((event) => attribute(event, 'deadletterreason'))).toEqual(['event-too-large: too large']);
  expect(source.status()).toMatchObject({ emitted: 1, deadLetters: 1, failures: 0 });
});

test('what is sent to no provider is answered 405: OPTIONS is for Event Grid', async () => {
  const { post } = openStorage(MINIO);
  const answer = await post(request('', { 'WebHook-Request-Origin': 'eventgrid.azure.net' }, { method: 'OPTIONS' }));
  expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } });
});

test('a token that is not there is refused by its path', () => {
  const path = 'spec.http.authToken.secretKeyRef';
  const spec = { provider: 'minio', http: { authToken: { secretKeyRef: { name: 'storage', key: 'missing' } } } };
  expect(() => openStorage(spec)).toThrow(expect.objectContaining({ code: 'secret-missing', path }));
});
