import { describe, expect, test } from 'vitest';
import { attribute } from '../../../events/event.ts';
import { mnsMessage } from '../../../sources/object-storage/mns-message.ts';
import { FakeMns, MNS_SPEC } from './mns-request.ts';
import { type OpenStorage, openStorage, request, secret, TOKENS } from './open-storage.ts';
import { record } from './records.ts';
import { selfSigned } from './self-signed.ts';
import { CERTIFICATE_URL, FakeSns, SNS_SPEC } from './sns-message.ts';

const MINIO = { provider: 'minio', http: { authToken: secret('now') } };
const AZURE = { provider: 'azure', http: { authToken: secret('now') } };
const TRUSTED = { authorization: `Bearer ${TOKENS.now}` };
const types = ({ world }: OpenStorage): unknown[] => world.emitted.map((event) => attribute(event, 'type'));

describe('what anybody can send', () => {
  test('a body of white space alone costs no more than its length', () => {
    // Four seconds at 64 KiB and twenty minutes at the limit, if each blank were tried as the end of the white space.
    expect(mnsMessage(Buffer.from(`${' '.repeat(1_000_000)}x`))).toBeUndefined();
    expect(mnsMessage(Buffer.from(`<?xml version="1.0"?>${' '.repeat(1_000_000)}x`))).toBeUndefined();
  });

  test.each(['s3-us-west-2', 's3-accelerate', 's3-website-eu-west-1', 'evil'])(
    'a certificate in a bucket called sns signs nothing: sns.%s.amazonaws.com',
    async (place) => {
      const evil = new FakeSns(selfSigned());
      const url = `https://sns.${place}.amazonaws.com/SimpleNotificationService-00.pem`;
      evil.answers.set(url, evil.answers.get(CERTIFICATE_URL) ?? {});
      const { post, world } = openStorage(SNS_SPEC, evil);
      expect((await post(evil.message({ SigningCertURL: url }))).status).toBe(401);
      expect(evil.asked).toEqual([]);
      expect(world.emitted).toEqual([]);
    },
  );

  test.each(['us-east-1', 'us-gov-west-1', 'ap-southeast-5', 'cn-northwest-1'])(
    'a certificate of SNS in %s is taken',
    async (region) => {
      const sns = new FakeSns();
      const host = `sns.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
      const url = `https://${host}/SimpleNotificationService-00.pem`;
      sns.answers.set(url, sns.answers.get(CERTIFICATE_URL) ?? {});
      expect((await openStorage(SNS_SPEC, sns).post(sns.message({ SigningCertURL: url }))).status).toBe(202);
    },
  );

  test('the address of a certificate has no query, by which it could be fetched again and again', async () => {
    const sns = new FakeSns();
    const { post } = openStorage(SNS_SPEC, sns);
    expect((await post(sns.message({ SigningCertURL: `${CERTIFICATE_URL}?1` }))).status).toBe(401);
    expect((await post(sns.message({ SigningCertURL: `${CERTIFICATE_URL}#1` }))).status).toBe(401);
    expect(sns.asked).toEqual([]);
  });

  test('headers that MNS did not sign are no attributes', async () => {
    const mns = new FakeMns();
    const opened = openStorage(MNS_SPEC, mns);
    const forged = { 'ce-specversion': '1.0', 'ce-id': 'forged', 'ce-source': 'forged', 'ce-type': 'forged' };
    expect((await opened.post(mns.push('{"events":[]}', { after: forged }))).status).toBe(202);
    expect(types(opened)).toEqual([]);
  });
});

test.each(['Action=Unsubscribe&SubscriptionArn=a', 'Action=ConfirmSubscription&Action=Unsubscribe', ''])(
  'where anybody can send, nobody makes us ask SNS for more than to confirm: ?%s',
  async (query) => {
    const sns = new FakeSns();
    const SubscribeURL = `https://sns.us-west-2.amazonaws.com/?${query}`;
    sns.answers.set(SubscribeURL, {});
    const { post } = openStorage({ provider: 's3', http: { authentication: 'none' } }, sns);
    expect((await post(sns.message({ Type: 'SubscriptionConfirmation', SubscribeURL }))).status).toBe(401);
    expect(sns.asked).toEqual([]);
  },
);

describe('what is genuine and strange', () => {
  test('a header that only looks like an attribute does not make events of Event Grid vanish', async () => {
    const opened = openStorage(AZURE);
    const event = { id: '1', eventType: 'Microsoft.Storage.BlobCreated', topic: '/t', data: {} };
    expect((await opened.post(request([event], { ...TRUSTED, 'ce-tenant': 'blue' }))).status).toBe(202);
    expect(types(opened)).toEqual(['Microsoft.Storage.BlobCreated']);
  });

  test('what SNS delivers raw, to whom it proves itself by a password, is read as it is', async () => {
    const basic = { username: 'sns', password: secret('password') };
    const opened = openStorage({ provider: 's3', http: { basic } });
    const authorization = `Basic ${Buffer.from(`sns:${TOKENS.password}`).toString('base64')}`;
    const headers = { authorization, 'x-amz-sns-message-type': 'Notification', 'x-amz-sns-rawdelivery': 'true' };
    expect((await opened.post(request({ Records: [record()] }, headers))).status).toBe(202);
    expect(types(opened)).toEqual(['com.amazonaws.s3.ObjectCreated:Put']);
  });

  test.each([
    ['minio', MINIO, (deep: string) => `{"Records":[${deep},1]}`],
    ['azure', AZURE, (deep: string) => `[${deep},1]`],
    ['azure, its own schema', AZURE, (deep: string) => `{"id":"1","eventType":"a","topic":"/t","data":${deep}}`],
  ])('JSON too deep to be written again is a dead letter: %s', async (_what, spec, bodyOf) => {
    const opened = openStorage(spec);
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect((await opened.post(request(bodyOf(deep), TRUSTED))).status).toBe(202);
    expect(types(opened)).toEqual(['dev.weir.source.deadletter']);
  });

  test('a notification of more records than anybody sends is one dead letter', async () => {
    const opened = openStorage(MINIO);
    expect((await opened.post(request(`{"Records":[${'0,'.repeat(200_000)}0]}`, TRUSTED))).status).toBe(202);
    expect(types(opened)).toEqual(['dev.weir.source.deadletter']);
  });

  test.each(['\uFFFF', '\uD800', `${'x'.repeat(600)}\u{1F600}`, '\u0000', '\u{1FFFE}'])(
    'a name that no attribute can hold is a dead letter: %j',
    async (name) => {
      const opened = openStorage(MINIO);
      const body = { Records: [{ ...record(), eventName: name, eventSource: name }] };
      expect((await opened.post(request(body, TRUSTED))).status).toBe(202);
      expect(opened.world.emitted).toHaveLength(1);
    },
  );
});

test('that anybody can send is said as long as it is so', () => {
  const open = openStorage({ provider: 'minio', http: { authentication: 'none' } });
  expect(open.source.status().fields).toHaveProperty('warning');
  expect(open.world.warnings).toEqual(['source.open']);
  const closed = openStorage(MINIO);
  expect(closed.source.status().fields).toEqual({});
  expect(closed.world.warnings).toEqual([]);
});
