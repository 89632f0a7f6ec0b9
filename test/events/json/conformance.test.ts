import { describe, expect, test } from 'vitest';
import { decodeJson, decodeJsonBatch } from '../../../events/json/decode.ts';
import { refusal } from '../refusal.ts';
import { bytes, json, plain, REQUIRED } from '../samples.ts';

/** The categories of the JSON format's conformance tests (CloudEvents "conformance", format tests), in words of our own. */

const ALL = {
  ...REQUIRED,
  datacontenttype: 'text/plain',
  dataschema: 'https://example.com/schema',
  subject: 'tests',
  time: '2018-04-05T17:31:00Z',
};

describe('valid events', () => {
  test.each([
    ['no more than is required', {}, REQUIRED],
    [
      'optional attributes that are null',
      { datacontenttype: null, dataschema: null, subject: null, time: null },
      REQUIRED,
    ],
    ['every attribute of the specification', ALL, ALL],
    ['a time in UTC', { time: '2018-04-05T17:31:00Z' }, { ...REQUIRED, time: '2018-04-05T17:31:00Z' }],
    [
      'a time to the nanosecond',
      { time: '2018-04-05T17:31:00.000000000Z' },
      { ...REQUIRED, time: '2018-04-05T17:31:00.000000000Z' },
    ],
    [
      'a time east of Greenwich',
      { time: '2018-04-05T18:31:00+01:00' },
      { ...REQUIRED, time: '2018-04-05T18:31:00+01:00' },
    ],
    [
      'a time west of Greenwich',
      { time: '2018-04-05T16:31:00-01:00' },
      { ...REQUIRED, time: '2018-04-05T16:31:00-01:00' },
    ],
    ['a relative source', { source: '#fragment' }, { ...REQUIRED, source: '#fragment' }],
    [
      'an extension of every type',
      {
        i: 10,
        b: true,
        s: 'text',
        u: 'https://example.com',
        r: '//authority/path',
        t: '2023-03-31T15:12:00Z',
        x: 'TWE=',
      },
      {
        ...REQUIRED,
        i: 10,
        b: true,
        s: 'text',
        u: 'https://example.com',
        r: '//authority/path',
        t: '2023-03-31T15:12:00Z',
        x: 'TWE=',
      },
    ],
  ])('%s', (_, members, attributes) => {
    expect(plain(decodeJson(json(members)))).toEqual({ attributes });
  });

  test('text as data', () => {
    const event = decodeJson(json({ datacontenttype: 'text/plain', data: 'Simple text' }));
    expect(Buffer.from(event.data ?? []).toString()).toBe('Simple text');
  });
});

describe('invalid events', () => {
  test.each([
    ['no specversion', { specversion: undefined }],
    ['no id', { id: undefined }],
    ['no type', { type: undefined }],
    ['no source', { source: undefined }],
    ['a time that is none', { time: 'lunchtime' }],
    ['a time without seconds', { time: '2018-04-05T18:31Z' }],
    ['an unknown time zone', { time: '2018-04-05T18:31:00X' }],
    ['an offset of more than a day', { time: '2018-04-05T18:31:00+25:00' }],
    ['an offset that is no number', { time: '2018-04-05T18:31:00+xx:00' }],
    ['an offset of hours alone', { time: '2018-04-05T18:31:00+05' }],
    ['an empty id', { id: '' }],
    ['an empty type', { type: '' }],
    ['an empty source', { source: '' }],
    ['an empty specversion', { specversion: '' }],
    ['an unknown specversion', { specversion: '0.9' }],
    ['a datacontenttype that is none', { datacontenttype: 'xyz' }],
    ['an empty datacontenttype', { datacontenttype: '' }],
    ['an empty dataschema', { dataschema: '' }],
    ['an empty subject', { subject: '' }],
    ['a number for an id', { id: 25 }],
    ['an object for an id', { id: { xyz: 'abc' } }],
    ['an extension with capitals', { MyExtension: 'bad' }],
    ['an extension with a dot', { 'my.extension': 'bad' }],
    ['an extension that is a fraction', { myextension: 1.5 }],
    ['data and data_base64', { data: 'text', data_base64: 'eyAieHl6IjogMTIzIH0=' }],
    // Beyond the public list, from fixtures of other SDKs.
    ['an extension that is a decimal', { decimal: 42.42 }],
    ['an extension of more than 32 bits', { long: 4_200_000_000 }],
    ['an extension that is an array', { list: [1] }],
    ['a dataschema that is relative', { dataschema: '/schema' }],
  ])('%s', (_, members) => {
    expect(refusal(() => decodeJson(json(members)))).toBeDefined();
  });
});

describe('batches', () => {
  const one = { ...REQUIRED };
  const other = { ...REQUIRED, id: '2', type: 'com.example.other', data: { a: 1 } };

  test.each([
    ['none', [], 0],
    ['one', [one], 1],
    ['two', [one, other], 2],
    ['the same one twice', [one, one], 2],
    [
      'different media types',
      [other, { ...one, datacontenttype: 'text/plain', data: 'x' }, { ...one, data_base64: 'AA==' }],
      3,
    ],
  ])('valid: %s', (_, batch, count) => {
    expect(decodeJsonBatch(bytes(JSON.stringify(batch)))).toHaveLength(count);
  });

  test.each([
    ['different versions', [one, { ...one, specversion: '0.9' }]],
    ['an invalid event', [{ ...one, id: undefined }]],
    ['something that is no event', ['not an object', one]],
  ])('invalid: %s', (_, batch) => {
    expect(refusal(() => decodeJsonBatch(bytes(JSON.stringify(batch))))?.code).toBe('batch-invalid');
  });
});
