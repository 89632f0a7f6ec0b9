import { expect, test } from 'vitest';
import { readFlat } from './read.ts';

/** As a RADOS Gateway sends it. [Ceph "S3 Bucket Notifications Compatibility"] */
const RECORD = {
  eventVersion: '2.2',
  eventSource: 'ceph:s3',
  awsRegion: 'my-store',
  eventTime: '2022-12-21T08:07:01.958659Z',
  eventName: 'ObjectCreated:Put',
  userIdentity: { principalId: 'tester' },
  requestParameters: { sourceIPAddress: '' },
  responseElements: {
    'x-amz-request-id': 'd5a87e11-31a2-4e74-9f6d-ebc48a187271.4464.5813176538436958134',
    'x-amz-id-2': '1170-my-store-my-store',
  },
  s3: {
    s3SchemaVersion: '1.0',
    configurationId: 'notif1',
    bucket: { name: 'fish', ownerIdentity: { principalId: 'tester' }, arn: 'arn:aws:s3:::fish', id: 'd5a87e11.4466.3' },
    object: {
      key: 'a%20b/c.jpg',
      size: '156810',
      eTag: 'a0c1',
      versionId: '',
      sequencer: 'A5BEA263AA549339',
      metadata: [],
      tags: [],
    },
  },
  eventId: '1671610021.958659.a0c1',
  opaqueData: 'me@example.com',
};

const WANTED = {
  specversion: '1.0',
  id: 'd5a87e11-31a2-4e74-9f6d-ebc48a187271.4464.5813176538436958134.1170-my-store-my-store',
  source: 'ceph:s3.my-store.fish',
  type: 'com.amazonaws.s3.ObjectCreated:Put',
  subject: 'a b/c.jpg',
  time: '2022-12-21T08:07:01.958659Z',
  datacontenttype: 'application/json',
  data: { Records: [RECORD] },
};

test('a record of Ceph becomes the event of the adapter', () => {
  expect(readFlat('ceph', { Records: [RECORD] })).toEqual([WANTED]);
});

test('an old Ceph, which writes s3: before the name, means the same', () => {
  expect(readFlat('ceph', { Records: [{ ...RECORD, eventName: 's3:ObjectCreated:Put' }] })[0]?.['type']).toBe(
    WANTED.type,
  );
});

test.each(['com.amazonaws.ObjectCreated:Put', 'com.amazonaws.s3.ObjectCreated:Put'])(
  'with cloudevents=true it is the same event, though Ceph calls its type %s',
  (type) => {
    const headers = {
      'ce-specversion': '1.0',
      'ce-type': type,
      'ce-id': WANTED.id,
      'ce-source': WANTED.source,
      'ce-subject': 'a%20b/c.jpg',
      'ce-time': WANTED.time,
      'Content-Type': 'application/json',
    };
    expect(readFlat('ceph', { Records: [RECORD] }, Object.entries(headers).flat())).toEqual([WANTED]);
  },
);
