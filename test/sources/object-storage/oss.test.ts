import { describe, expect, test } from 'vitest';
import { DEAD_LETTER_TYPE } from '../../../sources/dead-letter.ts';
import { read, readFlat } from './read.ts';

/** An event as OSS writes it; `over` replaces members. [Alibaba Cloud OSS "Event notification"] */
function event(over: object = {}): object {
  return {
    eventName: 'ObjectCreated:PutObject',
    eventSource: 'acs:oss',
    eventTime: '2026-11-21T07:18:28.000Z',
    eventVersion: '1.0',
    oss: {
      bucket: {
        arn: 'acs:oss:cn-hangzhou:1234567890:photos',
        name: 'photos',
        ownerIdentity: '1234567890',
        virtualBucket: '',
      },
      object: { deltaSize: 122, eTag: '688A7BF4F233DC9C88A80BF985AB7329', key: 'image/a b.jpg', size: 122 },
      ossSchemaVersion: '1.0',
      ruleId: 'rule',
    },
    region: 'cn-hangzhou',
    requestParameters: { sourceIPAddress: '140.205.128.221' },
    responseElements: { requestId: '58F9FF2D3DF792092E12044C' },
    userIdentity: { principalId: '262561392693583141' },
    ...over,
  };
}

const NOTIFICATION = { events: [event()] };
const WANTED = {
  specversion: '1.0',
  id: '58F9FF2D3DF792092E12044C',
  source: 'acs.oss',
  type: 'oss:ObjectCreated:PutObject',
  subject: 'acs:oss:cn-hangzhou:1234567890:photos/image/a b.jpg',
  time: '2026-11-21T07:18:28.000Z',
  datacontenttype: 'application/json',
  data: NOTIFICATION,
};
const TEXT = JSON.stringify(NOTIFICATION);
const PACKED = Buffer.from(TEXT).toString('base64');
const ENVELOPE = {
  TopicOwner: '1234567890',
  TopicName: 'oss-photos',
  Subscriber: '1',
  SubscriptionName: 's',
  MessageId: '6CC4D900CA59A2CD-1',
  PublishTime: '1449556920975',
};

function xml(message: string): string {
  const fields = Object.entries({ ...ENVELOPE, Message: message }).map(
    ([name, value]) => `<${name}>${value}</${name}>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>\n<Notification xmlns="http://mns.aliyuncs.com/doc/v1/">${fields.join('\n')}</Notification>`;
}

describe('what OSS tells by MNS is the event that EventBridge makes of it', () => {
  test.each([
    ['as it is', TEXT],
    ['in base64', PACKED],
    ['in base64 with line breaks', PACKED.replaceAll(/(.{76})/g, '$1\n')],
    ['in the JSON of MNS', JSON.stringify({ ...ENVELOPE, Message: TEXT })],
    ['in base64 in the JSON of MNS', JSON.stringify({ ...ENVELOPE, Message: PACKED })],
    ['in the XML of MNS', xml(TEXT.replaceAll('"', '&quot;'))],
    ['in base64 in the XML of MNS', xml(PACKED)],
    ['in CDATA in the XML of MNS', xml(`<![CDATA[${TEXT}]]>`)],
  ])('%s', (_what, body) => {
    expect(readFlat('oss', body, ['content-type', 'text/plain;charset=utf-8'])).toEqual([WANTED]);
  });

  test('several events of one request have ids of their own', () => {
    const events = ['a', 'b'].map((key) =>
      event({ eventName: 'ObjectRemoved:DeleteObjects', oss: { bucket: { name: 'photos' }, object: { key } } }),
    );
    const ids = readFlat('oss', { events }).map(({ id }) => String(id));
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^58F9FF2D3DF792092E12044C\.[0-9a-f]{16}$/);
  });

  test('letters beyond ASCII come through every wrapping', () => {
    const named = JSON.stringify({
      events: [event({ oss: { bucket: { name: 'photos' }, object: { key: '照片.jpg' } } })],
    });
    for (const body of [
      named,
      Buffer.from(named).toString('base64'),
      JSON.stringify({ ...ENVELOPE, Message: named }),
      xml(named),
    ])
      expect(readFlat('oss', body)[0]?.['subject']).toBe('photos/照片.jpg');
  });
});

describe('what EventBridge sends', () => {
  const native = {
    specversion: '1.0',
    id: '45ef4dewdwe1',
    source: 'acs.oss',
    type: 'oss:ObjectCreated:PutObject',
    subject: 'acs:oss:cn-hangzhou:1:photos/a',
    aliyunregionid: 'cn-hangzhou',
    data: { a: 1 },
  };

  test('is a CloudEvent, and stays as it is', () => {
    const wanted = { ...native, datacontenttype: 'application/json' };
    expect(readFlat('oss', native, ['content-type', 'application/cloudevents+json'])).toEqual([wanted]);
    expect(readFlat('oss', native, ['content-type', 'application/json'])).toEqual([wanted]);
  });
});

test.each(['', 'hello', '{}', '{"events":[{}]}', 'aGVsbG8='])('%j is a dead letter', (body) => {
  expect(readFlat('oss', body)).toMatchObject([{ type: DEAD_LETTER_TYPE }]);
  expect(read('oss', body)).toHaveLength(1);
});
