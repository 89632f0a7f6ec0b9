import { describe, expect, test } from 'vitest';
import { harbor } from '../../../sources/webhooks/harbor.ts';
import { ARRIVED, attributes, config, dataText, eventsOf, posted, read } from './posted.ts';

const DIGEST = 'sha256:dde8e930c7b6a490f728e66292bc9bce42efc9bbb5278bae40e4f30f6e00fe8c';
const EVENT_DATA = {
  resources: [{ digest: DIGEST, tag: 'v1', resource_url: `harbor.dev/library/busybox@${DIGEST}` }],
  repository: {
    date_created: 1677053165,
    name: 'busybox',
    namespace: 'library',
    repo_full_name: 'library/busybox',
    repo_type: 'public',
  },
};

describe('the default payload', () => {
  const PULL = { type: 'PULL_ARTIFACT', occur_at: 1678082303, operator: 'admin', event_data: EVENT_DATA };

  test('becomes an event with the type that Harbor writes', () => {
    const [made] = eventsOf(harbor, posted(PULL));
    expect(attributes(made)).toEqual({
      id: expect.stringMatching(/^[\da-f]{64}$/),
      type: 'com.harbor.PULL_ARTIFACT',
      source: '/projects/library/repositories/busybox',
      subject: 'v1',
      time: '2023-03-06T05:58:23.000Z',
      datacontenttype: 'application/json',
    });
    expect(dataText(made)).toBe(JSON.stringify(PULL));
    expect(read(harbor, posted(PULL)).happenings[0]?.name).toBe('PULL_ARTIFACT');
  });

  test('sent again is the same event, and another is another', () => {
    const idOf = (body: object): unknown => attributes(eventsOf(harbor, posted(body))[0])['id'];
    expect(idOf(PULL)).toBe(idOf(PULL));
    expect(idOf(PULL)).not.toBe(idOf({ ...PULL, occur_at: 1678082304 }));
  });

  test.each([
    [{ type: 'QUOTA_WARNING', event_data: { repository: { namespace: 'library' } } }, '/projects/library', undefined],
    [
      { type: 'DELETE_ARTIFACT', event_data: { ...EVENT_DATA, resources: [{ digest: DIGEST }, { digest: 'x' }] } },
      '/projects/library/repositories/busybox',
      undefined,
    ],
    [
      {
        type: 'PUSH_ARTIFACT',
        event_data: { repository: { namespace: 'a b', name: 'c/d' }, resources: [{ digest: DIGEST }] },
      },
      '/projects/a%20b/repositories/c/d',
      DIGEST,
    ],
    [
      { type: 'REPLICATION', event_data: { replication: {} } },
      '/apis/v1/namespaces/default/webhooksources/it',
      undefined,
    ],
  ])('of %j has the source and subject that it names', (payload, source, subject) => {
    const told = attributes(eventsOf(harbor, posted(payload))[0]);
    expect(told).toMatchObject({ source, time: ARRIVED });
    expect(told['subject']).toBe(subject);
  });

  test('without a type is refused', () => {
    expect(harbor.read(posted({ event_data: {} }), config(harbor))).toMatchObject({ status: 400 });
  });
});

describe('the CloudEvents payload', () => {
  const HEADERS = { 'Content-Type': 'application/cloudevents+json' };
  const EVENT = {
    specversion: '1.0',
    requestid: '2eedfab8-61d3-4f3c-8ec3-8f82d1ec4c84',
    id: '4b2f89a6-548d-4c12-9993-a1f5790b97d2',
    source: '/projects/1/webhook/policies/3',
    type: 'harbor.artifact.pulled',
    datacontenttype: 'application/json',
    time: '2023-03-06T06:08:43Z',
    data: EVENT_DATA,
    operator: 'robot$library+scanner-Trivy-51fe4548-bbe5-11ed-9217-0242ac14000d',
  };

  test('passes unchanged', () => {
    const [made] = eventsOf(harbor, posted(EVENT, HEADERS));
    const { data, specversion: _specversion, ...rest } = EVENT;
    expect(attributes(made)).toEqual(rest);
    expect(dataText(made)).toBe(JSON.stringify(data));
    expect(read(harbor, posted(EVENT, HEADERS)).happenings[0]?.name).toBe('harbor.artifact.pulled');
  });

  test('that is no event throws what the codec says, which is answered 400', () => {
    expect(() => harbor.read(posted({ id: '1' }, HEADERS), config(harbor))).toThrow(/specversion/);
  });
});

test('the Auth Header of a policy may hold any text', () => {
  const secured = config(harbor, ['s3cret'], { authentication: 'apiKey', apiKeyHeader: 'Authorization' });
  expect(harbor.verify(posted({}, { Authorization: 's3cret' }), secured)).toBeUndefined();
  expect(harbor.verify(posted({}, { Authorization: 'other' }), secured)).toMatchObject({ status: 401 });
});
