import type { WebhookRequest } from '../../../sources/source.ts';
import { webhookSuite } from '../../conformance/webhook.ts';
import type { HookSubject } from '../../conformance/webhook-subject.ts';
import { FakeMns, MNS_SPEC } from './mns-request.ts';
import { FakeIssuer, GCS_SPEC } from './oidc-token.ts';
import { FakeServers, request, secret, storage, TOKENS } from './open-storage.ts';
import { notification, record } from './records.ts';
import { FakeSns, SNS_SPEC } from './sns-message.ts';

const CEPH_SPEC = { provider: 'ceph', http: { basic: { username: 'rgw', password: secret('password') } } };
const MINIO_SPEC = { provider: 'minio', http: { authToken: secret('now') } };
const AZURE_SPEC = { provider: 'azure', http: { authToken: secret('now') } };

/** What any of them supplies beside its requests. */
function subject(spec: object, servers: FakeServers): Pick<HookSubject, 'kind' | 'instance' | 'wrong'> {
  const { sink } = Object(storage(spec).spec);
  return {
    kind: servers.kind,
    instance: storage(spec),
    wrong: { spec: { sink, ...spec, provider: 'b2' }, path: 'spec.provider' },
  };
}

function records(n: number, source: string): object {
  return notification(record({ source, request: `REQUEST-${n}`, sequencer: `00${n}` }));
}

const sns = new FakeSns();
webhookSuite('ObjectStorageSource: s3 by SNS', () => ({
  ...subject(SNS_SPEC, sns),
  request: (n) => sns.message({ Message: JSON.stringify(records(n, 'aws:s3')) }),
  forged: () => sns.message({}, { Message: JSON.stringify(records(1, 'aws:s3')), Subject: 'x' }),
}));

webhookSuite('ObjectStorageSource: minio', () => ({
  ...subject(MINIO_SPEC, new FakeServers()),
  request: (n) => request(records(n, 'minio:s3'), { Authorization: `Bearer ${TOKENS.now}` }),
  forged: () => request(records(1, 'minio:s3'), { Authorization: 'Bearer forged' }),
}));

webhookSuite('ObjectStorageSource: ceph', () => {
  const login = (password: string): string => `Basic ${Buffer.from(`rgw:${password}`).toString('base64')}`;
  return {
    ...subject(CEPH_SPEC, new FakeServers()),
    request: (n) => request(records(n, 'ceph:s3'), { Authorization: login(TOKENS.password) }),
    forged: () => request(records(1, 'ceph:s3'), { Authorization: login('forged') }),
  };
});

webhookSuite('ObjectStorageSource: gcs', async () => {
  const issuer = await FakeIssuer.begin();
  const push = async (n: number, kid: string): Promise<WebhookRequest> => {
    const attributes = { eventType: 'OBJECT_FINALIZE', bucketId: 'photos', objectId: 'a.jpg' };
    const message = { attributes, messageId: String(n), publishTime: '2026-01-01T00:00:00Z' };
    return request({ message }, { Authorization: `Bearer ${await issuer.token({ kid })}` });
  };
  return { ...subject(GCS_SPEC, issuer), request: (n) => push(n, 'a'), forged: () => push(1, 'forged') };
});

webhookSuite('ObjectStorageSource: azure', () => {
  const event = (n: number): object => ({
    specversion: '1.0',
    id: String(n),
    source: '/s',
    type: 'Microsoft.Storage.BlobCreated',
  });
  const headers = { 'Content-Type': 'application/cloudevents+json; charset=utf-8' };
  return {
    ...subject(AZURE_SPEC, new FakeServers()),
    request: (n) => request(event(n), headers, { query: `?access_token=${TOKENS.now}` }),
    forged: () => request(event(1), headers, { query: '?access_token=forged' }),
  };
});

const mns = new FakeMns();
webhookSuite('ObjectStorageSource: oss by MNS', () => {
  const body = (n: number): string =>
    JSON.stringify({
      events: [
        {
          eventName: 'ObjectCreated:PutObject',
          oss: { bucket: { name: 'photos' }, object: { key: 'a' } },
          responseElements: { requestId: String(n) },
        },
      ],
    });
  return {
    ...subject(MNS_SPEC, mns),
    request: (n) => mns.push(body(n)),
    forged: () => mns.push(body(1), { after: { Date: 'Thu, 01 Jan 2026 00:00:01 GMT' } }),
  };
});
