import { describe, expect, test } from 'vitest';
import { objectStorageSource, objectStorageSourceKind } from '../../crds/object-storage-source.ts';
import { parse } from '../../crds/parse.ts';
import { refusalText } from '../../crds/refusal.ts';

const TOKEN = { secretKeyRef: { name: 'storage', key: 'token' } };
const ARN = 'arn:aws:sns:eu-central-1:123456789012:photos';
const QUEUE = 'https://sqs.eu-central-1.amazonaws.com/123456789012/photos';
const OIDC = { audience: 'a', serviceAccountEmail: 'e' };

function refusals(spec: object): readonly string[] {
  const parsed = parse({
    apiVersion: 'sources.weir.dev/v1alpha1',
    kind: 'ObjectStorageSource',
    metadata: { name: 'photos' },
    spec: { sink: { uri: 'http://sink.example' }, ...spec },
  });
  return parsed.is === 'refused' ? parsed.refusals.map(refusalText) : [];
}

describe('accepted', () => {
  test.each([
    ['a topic of SNS', { provider: 's3', http: { topicArns: [ARN] } }],
    ['a topic in China', { provider: 's3', http: { topicArns: [ARN.replace('aws', 'aws-cn')] } }],
    [
      'a topic, and EventBridge with a key',
      { provider: 's3', http: { topicArns: [ARN], authToken: TOKEN, authHeader: 'X-Api-Key' } },
    ],
    ['MinIO', { provider: 'minio', http: { authToken: TOKEN, previousAuthTokens: [TOKEN] } }],
    ['Ceph', { provider: 'ceph', http: { basic: { username: 'u', password: TOKEN } } }],
    ['Cloud Storage', { provider: 'gcs', http: { oidc: OIDC } }],
    ['Event Grid', { provider: 'azure', http: { authToken: TOKEN, allowedOrigins: ['*'] } }],
    ['OSS', { provider: 'oss', http: { mnsTopics: ['1234567890123456/oss-photos'], authToken: TOKEN } }],
    ['nothing proven, said aloud', { provider: 'gcs', http: { authentication: 'none' } }],
    ['a queue', { provider: 's3', queue: { sqs: { queueUrl: QUEUE } } }],
    [
      'a queue elsewhere',
      {
        provider: 's3',
        queue: {
          sqs: {
            queueUrl: 'http://127.0.0.1:1/1/q',
            region: 'r',
            endpoint: 'http://127.0.0.1:1',
            credentials: { accessKeyId: TOKEN, secretAccessKey: TOKEN },
          },
        },
      },
    ],
  ])('%s', (_what, spec) => expect(refusals(spec)).toEqual([]));
});

test('the Secret of a RabbitMQ is read as a whole', () => {
  const rabbitmq = {
    rabbitmqClusterReference: { connectionSecret: { name: 'rabbit' } },
    rabbitmqResourcesConfig: { queueName: 'photos', predeclared: true },
  };
  const spec = { sink: { uri: 'http://sink.example' }, provider: 'minio', queue: { rabbitmq } };
  const source = objectStorageSource.parse({
    apiVersion: 'sources.weir.dev/v1alpha1',
    kind: 'ObjectStorageSource',
    metadata: { name: 'photos' },
    spec,
  });
  const keys = objectStorageSourceKind.secrets?.(source).map(({ secretKeyRef: { name, key } }) => `${name}/${key}`);
  expect(keys).toContain('rabbit/password');
});

describe('refused', () => {
  test.each([
    [
      'no way in',
      { provider: 'minio' },
      'spec: has no way in; write http (notifications are pushed) or queue (they are fetched)',
    ],
    [
      'two ways in',
      { provider: 's3', http: { topicArns: [ARN] }, queue: { sqs: { queueUrl: QUEUE } } },
      'spec.queue: stands beside http; write one of the two',
    ],
    [
      'nothing proven by omission',
      { provider: 'minio', http: {} },
      'spec.http: proves nothing; anybody could forge notifications: give authToken, or say authentication: none',
    ],
    [
      'allowed origins alone',
      { provider: 'azure', http: { allowedOrigins: ['*'] } },
      'spec.http: proves nothing; anybody could forge notifications: give authToken or oidc, or say authentication: none',
    ],
    [
      'none beside something',
      { provider: 'minio', http: { authentication: 'none', authToken: TOKEN } },
      'spec.http.authentication: stands beside authToken; leave it out: what is given is required',
    ],
    [
      'what another provider has',
      { provider: 'minio', http: { authToken: TOKEN, topicArns: [ARN] } },
      'spec.http.topicArns: is no field for provider minio; known here: authentication, authToken, previousAuthTokens',
    ],
    [
      'old tokens without a new one',
      { provider: 'ceph', http: { basic: { username: 'u', password: TOKEN }, previousAuthTokens: [TOKEN] } },
      'spec.http.previousAuthTokens: stands without authToken; give authToken as well',
    ],
    [
      'a service account of everybody',
      { provider: 'gcs', http: { oidc: { audience: 'a' } } },
      'spec.http.oidc.serviceAccountEmail: is missing; provider gcs needs it',
    ],
    [
      'an issuer of everybody',
      { provider: 'azure', http: { oidc: { audience: 'a', jwksUrl: 'https://k' } } },
      'spec.http.oidc.issuer: is missing; provider azure needs it',
    ],
    [
      'no topic',
      { provider: 's3', http: { topicArns: ['photos'] } },
      'spec.http.topicArns[0]: is "photos"; write the ARN of a topic such as arn:aws:sns:eu-central-1:123456789012:photos',
    ],
    [
      'an empty list of topics',
      { provider: 's3', http: { topicArns: [] } },
      'spec.http.topicArns: is empty; name at least one, or leave it out',
    ],
    [
      'a token in the open',
      { provider: 'minio', http: { authToken: 'secret' } },
      'spec.http.authToken: is text; write an object with fields: secretKeyRef',
    ],
    [
      'an unknown provider',
      { provider: 'b2', http: { authToken: TOKEN } },
      'spec.provider: is "b2"; write s3 or minio or ceph or gcs or azure or oss',
    ],
    [
      'a queue of another provider',
      { provider: 'minio', queue: { sqs: { queueUrl: QUEUE } } },
      'spec.queue.sqs: is no queue of provider minio; leave it out',
    ],
    [
      'no queue',
      { provider: 's3', queue: {} },
      'spec.queue: names no queue; name exactly one: sqs, kafka, rabbitmq, redis or nats',
    ],
    [
      'a queue without a region',
      { provider: 's3', queue: { sqs: { queueUrl: 'http://127.0.0.1:1/1/q' } } },
      'spec.queue.sqs.region: is missing; queueUrl does not say it: write it',
    ],
    [
      'a password in a URL',
      {
        provider: 's3',
        queue: { sqs: { queueUrl: 'https://u:hunter2@sqs.eu-central-1.amazonaws.com/1/q', region: 'r' } },
      },
      'spec.queue.sqs.queueUrl: is no such URL; write an absolute http or https URL without user and password',
    ],
    [
      'a wait that SQS has not',
      { provider: 's3', queue: { sqs: { queueUrl: QUEUE, waitTimeSeconds: 21 } } },
      'spec.queue.sqs.waitTimeSeconds: is 21; write a number from 0 to 20',
    ],
    [
      'an unknown field',
      { provider: 'minio', http: { authTokens: [TOKEN] } },
      'spec.http.authTokens: is no known field; known here: authentication, authToken, previousAuthTokens, authHeader, basic, topicArns, mnsTopics, oidc, allowedOrigins (did you mean authToken?)',
    ],
  ])('%s', (_what, spec, text) => expect(refusals(spec)).toContain(text));
});
