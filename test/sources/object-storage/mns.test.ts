import { verify, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { mnsSignedTexts } from '../../../sources/object-storage/mns.ts';
import { FakeMns, MNS_CERTIFICATE, MNS_SPEC } from './mns-request.ts';
import { openStorage, secret, TOKENS } from './open-storage.ts';

const BODY = JSON.stringify({
  events: [
    {
      eventName: 'ObjectCreated:PutObject',
      oss: { bucket: { name: 'photos' }, object: { key: 'a' } },
      responseElements: { requestId: '58F9' },
    },
  ],
});
const mns = new FakeMns();
const open = (servers: FakeMns = mns, spec: object = MNS_SPEC): ReturnType<typeof openStorage> =>
  openStorage(spec, servers);

describe('the text that MNS signs', () => {
  // A push that MNS signed on 2023-03-29, and its certificate of 2015: RSA of 512 bits.
  const pem = `-----BEGIN CERTIFICATE-----
MIICiDCCAjKgAwIBAgIJAL+acWZrTrlfMA0GCSqGSIb3DQEBBQUAMGMxCzAJBgNV
BAYTAjg2MREwDwYDVQQIEwhaaGVqaWFuZzERMA8GA1UEBxMISGFuZ3pob3UxDzAN
BgNVBAoTBkFsaXl1bjEMMAoGA1UECxMDTW5zMQ8wDQYDVQQDEwZub3RpZnkwHhcN
MTUwNzAyMDIwNjE2WhcNMTYwNzAxMDIwNjE2WjBjMQswCQYDVQQGEwI4NjERMA8G
A1UECBMIWmhlamlhbmcxETAPBgNVBAcTCEhhbmd6aG91MQ8wDQYDVQQKEwZBbGl5
dW4xDDAKBgNVBAsTA01uczEPMA0GA1UEAxMGbm90aWZ5MFwwDQYJKoZIhvcNAQEB
BQADSwAwSAJBALX0sFVowct1NAQjDyYSUf0rp1rOHLkz4kp0zNWcDyXMXa5PzsPU
UwJXaLwhvNCDLLWuiLK6Oh5elmOmL8Gy/5MCAwEAAaOByDCBxTAdBgNVHQ4EFgQU
kEah2o9HpCUCxhN/fY3kUtPkP4owgZUGA1UdIwSBjTCBioAUkEah2o9HpCUCxhN/
fY3kUtPkP4qhZ6RlMGMxCzAJBgNVBAYTAjg2MREwDwYDVQQIEwhaaGVqaWFuZzER
MA8GA1UEBxMISGFuZ3pob3UxDzANBgNVBAoTBkFsaXl1bjEMMAoGA1UECxMDTW5z
MQ8wDQYDVQQDEwZub3RpZnmCCQC/mnFma065XzAMBgNVHRMEBTADAQH/MA0GCSqG
SIb3DQEBBQUAA0EAluPg+k0Fc7WRcpP78+eLptYD8an7YOapUdNUmT2/SQC5BZ+t
cyWFit5pAEipngFL105d7AuW2AtwqG0FgV0ipw==
-----END CERTIFICATE-----`;
  const headers = {
    Date: 'Wed, 29 Mar 2023 08:41:27 GMT',
    'x-mns-version': '2015-06-06',
    'X-Mns-Topic-Owner': '1321669497458181',
    'x-mns-topic-name': 'mns-en-topics-oss-fecdn-internal-pre-22849529792243',
    'x-mns-subscription-name': 'mns-en-subs-oss-fecdn-internal-pre-1-22849529855680',
    'x-mns-subscriber': '1321669497458181',
    'x-mns-signing-cert-url':
      'aHR0cHM6Ly9tbnN0ZXN0Lm9zcy1jbi1oYW5nemhvdS5hbGl5dW5jcy5jb20veDUwOV9wdWJsaWNfY2VydGlmaWNhdGUucGVt',
    'x-mns-request-id': '6423F9B7BF94313030AF5EA0',
    'x-mns-publish-time': '1680079287576',
    'x-mns-message-id': '250EB49D5F8D737A391C93C6ED165396',
    'Content-Type': 'text/plain;charset=utf-8',
    'Content-md5': '4CCBAD7AF2D23C2D00DDECCA59323A8C',
    Host: 'weir.example.com',
  };
  const signature = Buffer.from(
    'LP3cxoTCbhsiLJi0KQdEiRaufaxMfWUdLH064yoVoKl8xNcY+299itGmGsirVMY8vDpuZ1VwS0Uw7R5dNduSXg==',
    'base64',
  );
  const rawHeaders = Object.entries(headers).flat();

  test('is that of a push that MNS itself signed', () => {
    const texts = mnsSignedTexts({ method: 'POST', target: '/notifications', rawHeaders }, undefined);
    const { publicKey } = new X509Certificate(pem);
    expect(texts.map((text) => verify('RSA-SHA1', Buffer.from(text), publicKey, signature))).toEqual([true]);
  });

  test('knows the target as MNS does, with the path of the public address', () => {
    const texts = mnsSignedTexts(
      { method: 'POST', target: '/a?b=1', rawHeaders: [] },
      'https://weir.example.com/base/',
    );
    expect(texts).toEqual(['POST\n\n\n\n/a?b=1', 'POST\n\n\n\n/base/a?b=1']);
  });
});

describe('a push of MNS', () => {
  test('is accepted, with its query', async () => {
    const { world, post } = open();
    for (const query of ['', '?a=1']) expect((await post(mns.push(BODY, { query }))).status).toBe(202);
    expect(world.emitted).toHaveLength(2);
  });

  test.each([['of base64 of the hexadecimal digits', Buffer.from('a2ebc5e8').toString('base64')]])(
    'has a digest %s that does not fit: 401',
    async (_what, md5) => {
      expect((await open().post(mns.push(BODY, { headers: { 'Content-md5': md5 } }))).status).toBe(401);
    },
  );

  test.each([
    ['another date', { Date: 'Thu, 01 Jan 2026 00:00:01 GMT' }],
    ['another header of MNS', { 'x-mns-request-id': 'other' }],
    ['one more header of MNS', { 'x-mns-more': 'other' }],
    ['no signature', { Authorization: undefined }],
    ['no base64 for a signature', { Authorization: '?' }],
    ['no certificate', { 'x-mns-signing-cert-url': undefined }],
    ['no digest of the body', { 'Content-md5': undefined }],
    [
      'a certificate elsewhere',
      {
        'x-mns-signing-cert-url': Buffer.from(
          'https://mnstest.oss-cn-hangzhou.aliyuncs.com.evil.example/a.pem',
        ).toString('base64'),
      },
    ],
    [
      'a certificate of another bucket',
      { 'x-mns-signing-cert-url': Buffer.from('https://evil.oss-cn-hangzhou.aliyuncs.com/a.pem').toString('base64') },
    ],
  ])('with %s than was signed is refused with 401, and nothing strange is fetched', async (_what, after) => {
    const servers = new FakeMns();
    const { world, post } = open(servers);
    expect((await post(servers.push(BODY, { after }))).status).toBe(401);
    expect(world.offered).toEqual([]);
    expect(servers.asked.filter((url) => url !== MNS_CERTIFICATE)).toEqual([]);
  });

  test('with another body than was signed is refused with 401', async () => {
    const genuine = mns.push(BODY);
    expect((await open().post({ ...genuine, body: Buffer.from(BODY.replace('photos', 'secret')) })).status).toBe(401);
  });

  test('of another topic is refused with 403', async () => {
    expect((await open().post(mns.push(BODY, { headers: { 'x-mns-topic-owner': '666' } }))).status).toBe(403);
  });

  test('that names its topic in its envelope alone, as MNS did before, is accepted', async () => {
    const headers = { 'x-mns-topic-owner': undefined, 'x-mns-topic-name': undefined };
    const envelope = JSON.stringify({ TopicOwner: '1234567890123456', TopicName: 'oss-photos', Message: BODY });
    expect((await open().post(mns.push(envelope, { headers }))).status).toBe(202);
    expect((await open().post(mns.push(BODY, { headers }))).status).toBe(403);
  });

  test('whose certificate is named without TLS is verified with the one that comes with TLS', async () => {
    const servers = new FakeMns();
    const headers = {
      'x-mns-signing-cert-url': Buffer.from(MNS_CERTIFICATE.replace('https', 'http')).toString('base64'),
    };
    expect((await open(servers).post(servers.push(BODY, { headers }))).status).toBe(202);
    expect(servers.asked).toEqual([MNS_CERTIFICATE]);
  });

  test('behind a public address with a path is verified by the path that MNS called', async () => {
    const { world, servers } = open(new FakeMns());
    world.publicUrl = 'https://weir.example.com/base';
    const signed = new FakeMns();
    const webhook = signed.kind.webhook?.(
      {
        namespace: 'default',
        name: 'it',
        kind: 'ObjectStorageSource',
        spec: { sink: { uri: 'http://sink.example' }, ...MNS_SPEC },
        secrets: new Map(),
      },
      world.ports,
    );
    const push = signed.push(BODY, { signedTarget: '/base/-/sources/default/objectstoragesource/it' });
    expect(await webhook?.(push, new AbortController().signal)).toHaveLength(1);
    expect(servers.asked).toEqual([]);
  });

  test('must show the token in its query as well, where there is one', async () => {
    const spec = { provider: 'oss', http: { ...MNS_SPEC.http, authToken: secret('now') } };
    const query = `?access_token=${TOKENS.now}`;
    expect((await open(mns, spec).post(mns.push(BODY, { query }))).status).toBe(202);
    expect((await open(mns, spec).post(mns.push(BODY))).status).toBe(401);
    expect((await open(mns, spec).post(mns.push(BODY, { query, after: { Date: 'x' } }))).status).toBe(401);
  });
});
