import { describe, expect, test } from 'vitest';
import { attribute } from '../../../events/event.ts';
import { DEAD_LETTER_TYPE } from '../../../sources/dead-letter.ts';
import { snsSignedText } from '../../../sources/object-storage/sns.ts';
import { openStorage, request } from './open-storage.ts';
import { selfSigned } from './self-signed.ts';
import { CERTIFICATE_URL, FakeSns, SNS_SPEC, SUBSCRIBE_URL, TOPIC } from './sns-message.ts';

const sns = new FakeSns();
const open = (servers: FakeSns = sns): ReturnType<typeof openStorage> => openStorage(SNS_SPEC, servers);

describe('the text that SNS signs', () => {
  // The example of the documentation, of which only the signature is no real one. [AWS SNS "Verifying the signatures of Amazon SNS messages"]
  const message = {
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: 'arn:aws:sns:us-west-2:123456789012:MyTopic',
    Subject: 'My First Message',
    Message: 'Hello world!',
    Timestamp: '2012-05-02T00:54:06.655Z',
    UnsubscribeURL: 'https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe',
  };

  test('of a notification', () => {
    expect(snsSignedText(message)).toBe(
      'Message\nHello world!\nMessageId\n22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324\nSubject\nMy First Message\nTimestamp\n2012-05-02T00:54:06.655Z\nTopicArn\narn:aws:sns:us-west-2:123456789012:MyTopic\nType\nNotification\n',
    );
  });

  test('of a notification without a subject', () => {
    expect(snsSignedText({ ...message, Subject: undefined })).not.toContain('Subject');
  });

  test.each([
    ['a type that SNS has not', { Type: 'toString' }],
    ['a member that is missing', { Message: undefined }],
  ])('there is none for %s', (_what, over) => {
    expect(snsSignedText({ ...message, ...over })).toBeUndefined();
  });
});

describe('a notification of SNS', () => {
  test.each(['1', '2'])('signed by version %s is accepted: the event of its record', async (SignatureVersion) => {
    const { world, post } = open();
    expect((await post(sns.message({ SignatureVersion }))).status).toBe(202);
    expect(world.emitted.map((event) => [attribute(event, 'type'), attribute(event, 'subject')])).toEqual([
      ['com.amazonaws.s3.ObjectCreated:Put', 'HappyFace.jpg'],
    ]);
  });

  test.each([
    ['another message', { Message: 'other' }],
    ['another subject', { Subject: 'other' }],
    ['another time', { Timestamp: '2027-01-01T00:00:00.000Z' }],
    ['no signature', { Signature: undefined }],
    ['no base64 for a signature', { Signature: '?' }],
    ['a version that is none', { SignatureVersion: '3' }],
    ['the other version', { SignatureVersion: '1' }],
    [
      'a certificate elsewhere',
      { SigningCertURL: 'https://sns.us-west-2.amazonaws.com.evil.example/SimpleNotificationService-a.pem' },
    ],
    [
      'a certificate of another service',
      { SigningCertURL: 'https://s3.us-west-2.amazonaws.com/SimpleNotificationService-a.pem' },
    ],
    [
      'a certificate at another path',
      { SigningCertURL: 'https://sns.us-west-2.amazonaws.com/mine/SimpleNotificationService-a.pem' },
    ],
    ['a certificate without TLS', { SigningCertURL: CERTIFICATE_URL.replace('https', 'http') }],
    [
      'a certificate of a user',
      { SigningCertURL: CERTIFICATE_URL.replace('//', '//sns.us-west-2.amazonaws.com@evil.example/') },
    ],
    ['a certificate at another port', { SigningCertURL: CERTIFICATE_URL.replace('.com/', '.com:8443/') }],
  ])('with %s than was signed is refused with 401, and nothing strange is fetched', async (_what, after) => {
    const servers = new FakeSns();
    const { world, post } = open(servers);
    expect((await post(servers.message({}, after))).status).toBe(401);
    expect(world.offered).toEqual([]);
    expect(servers.asked.filter((url) => url !== CERTIFICATE_URL)).toEqual([]);
  });

  test('of another topic is refused with 403 before anything is fetched', async () => {
    const servers = new FakeSns();
    const { post } = open(servers);
    const answer = await post(servers.message({ TopicArn: `${TOPIC}-of-mallory` }));
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('topicArns');
    expect(servers.asked).toEqual([]);
  });

  test('delivered raw is refused: nothing signs it', async () => {
    const { post } = open();
    const answer = await post(
      request({ Records: [] }, { 'x-amz-sns-message-type': 'Notification', 'x-amz-sns-rawdelivery': 'true' }),
    );
    expect(answer).toMatchObject({ status: 401, body: expect.stringContaining('raw message delivery') });
  });

  test('that is not from SNS at all is refused, token or not', async () => {
    const { post } = open();
    expect((await post(request({ Records: [] }, { Authorization: 'Bearer x' }))).status).toBe(401);
  });

  test('that holds nothing of S3 is a dead letter, and accepted', async () => {
    const { world, post } = open();
    expect((await post(sns.message({ Message: 'hello' }))).status).toBe(202);
    expect(world.emitted.map((event) => attribute(event, 'type'))).toEqual([DEAD_LETTER_TYPE]);
  });

  test('that holds the test message of S3 is accepted and emits nothing', async () => {
    const { world, source, post } = open();
    expect((await post(sns.message({ Message: '{"Service":"Amazon S3","Event":"s3:TestEvent"}' }))).status).toBe(202);
    expect(world.emitted).toEqual([]);
    expect(source.status()).toMatchObject({ skipped: 1, deadLetters: 0 });
  });
});

describe('the certificate of SNS', () => {
  test('is fetched once a day', async () => {
    const servers = new FakeSns();
    const { world, post } = open(servers);
    for (let n = 0; n < 3; n += 1) await post(servers.message());
    expect(servers.asked).toEqual([CERTIFICATE_URL]);
    await world.clock.advance(24 * 3_600_000);
    await post(servers.message());
    expect(servers.asked).toEqual([CERTIFICATE_URL, CERTIFICATE_URL]);
  });

  test('is fetched once for all that wait for it', async () => {
    const servers = new FakeSns();
    const { post } = open(servers);
    const answers = await Promise.all([1, 2, 3].map(() => post(servers.message())));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(servers.asked).toEqual([CERTIFICATE_URL]);
  });

  test.each([
    ['there is no answer', undefined],
    ['the server is broken', { status: 500 }],
    ['the server has too much to do', { status: 429 }],
  ])('%s: 503, and SNS sends it again', async (_what, answer) => {
    const servers = new FakeSns();
    if (answer) servers.answers.set(CERTIFICATE_URL, answer);
    else servers.answers.delete(CERTIFICATE_URL);
    const { world, post } = open(servers);
    expect(await post(servers.message())).toMatchObject({ status: 503, headers: { 'retry-after': expect.anything() } });
    servers.answers.set(CERTIFICATE_URL, sns.answers.get(CERTIFICATE_URL) ?? {});
    expect((await post(sns.message())).status).toBe(202);
    expect(world.emitted).toHaveLength(1);
  });

  test('does not come at all: 503 after ten seconds', async () => {
    const servers = Object.assign(new FakeSns(), { call: () => new Promise<never>(() => undefined) });
    const { world, post } = open(servers);
    const answer = post(servers.message());
    await world.clock.advance(10_000);
    expect((await answer).status).toBe(503);
    expect(world.offered).toEqual([]);
  });

  test.each([
    ['is not there', { status: 403 }],
    ['is none', { body: 'hello' }],
    ['is of another key', { body: selfSigned().pem }],
  ])('%s: 401', async (_what, answer) => {
    const servers = new FakeSns();
    servers.answers.set(CERTIFICATE_URL, answer);
    const { post } = open(servers);
    expect((await post(servers.message())).status).toBe(401);
  });
});

test('a certificate that is out of date signs nothing any more', async () => {
  const servers = new FakeSns(selfSigned('251231235959Z'));
  const { post } = open(servers);
  expect((await post(servers.message())).status).toBe(401);
});

describe('a subscription', () => {
  test('is confirmed by the address that SNS names', async () => {
    const servers = new FakeSns();
    const { world, post } = open(servers);
    expect((await post(servers.message({ Type: 'SubscriptionConfirmation' }))).status).toBe(202);
    expect(servers.asked).toEqual([CERTIFICATE_URL, SUBSCRIBE_URL]);
    expect(world.lines).toMatchObject([{ name: 'source.subscribed', fields: { topic: TOPIC } }]);
    expect(world.emitted).toEqual([]);
  });

  test.each([
    'https://evil.example/?Action=ConfirmSubscription',
    'http://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription',
    'https://sns.us-west-2.amazonaws.com.evil.example/?Action=ConfirmSubscription',
    'https://sns.us-west-2.amazonaws.com/elsewhere?Action=ConfirmSubscription',
  ])('that names %s is refused, and that is not called', async (SubscribeURL) => {
    const servers = new FakeSns();
    servers.answers.set(SubscribeURL, {});
    const { post } = open(servers);
    expect((await post(servers.message({ Type: 'SubscriptionConfirmation', SubscribeURL }))).status).toBe(401);
    expect(servers.asked).toEqual([CERTIFICATE_URL]);
  });

  test('that SNS does not confirm now is answered 503, without its token in a message', async () => {
    const servers = new FakeSns();
    servers.answers.delete(SUBSCRIBE_URL);
    const { world, post } = open(servers);
    const answer = await post(servers.message({ Type: 'SubscriptionConfirmation' }));
    expect(answer.status).toBe(503);
    expect(JSON.stringify([answer, world.lines])).not.toContain('2336412f37f');
  });

  test('that somebody asks for without a signature is not confirmed', async () => {
    const servers = new FakeSns();
    const { post } = open(servers);
    expect((await post(servers.message({ Type: 'SubscriptionConfirmation' }, { Token: 'mine' }))).status).toBe(401);
    expect(servers.asked).toEqual([CERTIFICATE_URL]);
  });

  test('that ends is said in the log', async () => {
    const { world, post } = open();
    expect((await post(sns.message({ Type: 'UnsubscribeConfirmation' }))).status).toBe(202);
    expect(world.warnings).toEqual(['source.unsubscribed']);
  });
});
