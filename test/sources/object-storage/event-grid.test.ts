import { describe, expect, test } from 'vitest';
import { DEAD_LETTER_TYPE } from '../../../sources/dead-letter.ts';
import { read, readFlat } from './read.ts';

const SOURCE = '/subscriptions/S/resourceGroups/G/providers/Microsoft.Storage/storageAccounts/A';
const SUBJECT = '/blobServices/default/containers/c/blobs/new file.txt';
const DATA = {
  api: 'PutBlockList',
  requestId: '831e1650',
  eTag: '0x8D4',
  contentLength: 524288,
  blobType: 'BlockBlob',
  sequencer: '00000000000004420000000000028963',
};

/** As Event Grid sends it in the schema of CloudEvents. [Azure Event Grid "Azure Blob Storage as Event Grid source"] */
const CLOUD_EVENT = {
  specversion: '1.0',
  id: '9aeb0fdf-c01e-0131-0922-9eb54906e209',
  source: SOURCE,
  type: 'Microsoft.Storage.BlobCreated',
  subject: SUBJECT,
  time: '2026-11-21T19:58:12.2340021Z',
  data: DATA,
};

/** The same in Event Grid's own schema. */
const OWN = {
  topic: SOURCE,
  subject: SUBJECT,
  eventType: 'Microsoft.Storage.BlobCreated',
  eventTime: CLOUD_EVENT.time,
  id: CLOUD_EVENT.id,
  data: DATA,
  dataVersion: '',
  metadataVersion: '1',
};

const WANTED = { ...CLOUD_EVENT, datacontenttype: 'application/json' };

describe('what Event Grid sends', () => {
  test.each([
    ['one CloudEvent', CLOUD_EVENT, 'application/cloudevents+json; charset=utf-8'],
    ['a batch', [CLOUD_EVENT], 'application/cloudevents-batch+json; charset=utf-8'],
    ['a batch that says less of itself', [CLOUD_EVENT], 'application/json'],
    ['its own schema', [OWN], 'application/json; charset=utf-8'],
    ['one event of its own schema, as a queue may hold it', OWN, ''],
  ])('%s', (_what, body, contentType) => {
    expect(readFlat('azure', body, ['content-type', contentType])).toEqual([WANTED]);
  });

  test('binary CloudEvents', () => {
    const { data, ...attributes } = CLOUD_EVENT;
    const headers = Object.entries({ ...attributes, subject: SUBJECT.replace(' ', '%20') }).flatMap(([name, value]) => [
      `ce-${name}`,
      value,
    ]);
    expect(readFlat('azure', data, [...headers, 'content-type', 'application/json'])).toEqual([WANTED]);
  });

  test.each([
    ['one', CLOUD_EVENT],
    ['a batch', [CLOUD_EVENT]],
  ])('the data of a CloudEvent are its very bytes: %s', (_what, sent) => {
    const body = JSON.stringify(sent).replace('524288', '5.24288e5');
    expect(Buffer.from(read('azure', body)[0]?.data ?? []).toString()).toContain('5.24288e5');
  });

  test.each(['Microsoft.EventGrid.SubscriptionValidationEvent', 'Microsoft.EventGrid.SubscriptionDeletedEvent'])(
    '%s tells nothing',
    (type) => {
      expect(
        read('azure', [
          { ...OWN, eventType: type },
          { ...CLOUD_EVENT, type },
        ]),
      ).toEqual([]);
    },
  );

  test('one that is wrong is a dead letter, the others of its batch go on', () => {
    const types = readFlat('azure', [CLOUD_EVENT, { ...CLOUD_EVENT, id: '' }, OWN, { ...OWN, id: 7 }]).map(
      ({ type }) => type,
    );
    expect(types).toEqual([WANTED.type, DEAD_LETTER_TYPE, WANTED.type, DEAD_LETTER_TYPE]);
  });

  test.each(['nonsense', '"text"', '7', ''])('%j is a dead letter', (body) => {
    expect(readFlat('azure', body)).toMatchObject([{ type: DEAD_LETTER_TYPE }]);
  });
});
