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
  interface Case {
    readonly what: string;
    readonly spec: object;
    readonly headers?: Readonly<Record<string, string>>;
    readonly query?: string;
    readonly wanted: number;
  }
  const login = (text: string): Readonly<Record<string, string>> => ({ Authorization: basic(text) });
  const right = `?access_token=${TOKENS.now}`;
  const cases: readonly Case[] = [
    { what: 'in the query, for who can set no header', spec: AZURE, query: right, wanted: 202 },
    { what: 'another in the query', spec: AZURE, query: '?access_token=wrong', wanted: 401 },
    { what: 'twice in the query', spec: AZURE, query: `${right}&access_token=wrong`, wanted: 401 },
    { what: 'in the query, for MinIO, which can set a header', spec: MINIO, query: right, wanted: 401 },
    { what: 'in a header of its own', spec: AZURE, headers: { 'x-weir-key': TOKENS.now }, wanted: 202 },
    { what: 'another in a header of its own', spec: AZURE, headers: { 'x-weir-key': 'wrong' }, wanted: 401 },
    {
      what: 'right in one place and wrong in another',
      spec: AZURE,
      headers: { 'x-weir-key': TOKENS.now },
      query: '?access_token=wrong',
      wanted: 401,
    },
    { what: 'user and password', spec: CEPH, headers: login(`rgw:${TOKENS.password}`), wanted: 202 },
    { what: 'user and another password', spec: CEPH, headers: login('rgw:wrong'), wanted: 401 },
    { what: 'another user', spec: CEPH, headers: login(`root:${TOKENS.password}`), wanted: 401 },
  ];
  test.each(cases)('$what: $wanted', async ({ spec, headers = {}, query, wanted }) => {
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
