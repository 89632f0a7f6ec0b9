import { describe, expect, test } from 'vitest';
import { decodeHttp } from '../../../events/http/decode.ts';
import { refusal, type Refusal } from '../refusal.ts';
import { bytes, json, plain, received, REQUIRED, REQUIRED_HEADERS, text } from '../samples.ts';

const STRUCTURED = ['Content-Type', 'application/cloudevents+json'];

function refused(headers: readonly string[], body: Uint8Array = bytes('')): Refusal | undefined {
  return refusal(() => decodeHttp({ rawHeaders: headers, body }));
}

describe('which mode', () => {
  test.each([
    'application/cloudevents+json',
    'Application/CloudEvents+JSON',
    'application/cloudevents+json; charset=UTF-8',
    'application/cloudevents+json;charset="utf-8"',
    'application/cloudevents+json ; charset=utf-8; profile=x',
  ])('%s is structured [HTTP binding 3]', (type) => {
    const decoded = decodeHttp({ rawHeaders: ['content-type', type], body: json() });
    expect(decoded).toMatchObject({ kind: 'event', mode: 'structured' });
  });

  test.each(['application/cloudevents-batch+json', 'APPLICATION/CLOUDEVENTS-BATCH+JSON; charset=utf-8'])(
    '%s is a batch [HTTP binding 3]',
    (type) => {
      const decoded = decodeHttp({ rawHeaders: ['content-type', type], body: bytes('[]') });
      expect(decoded).toEqual({ kind: 'batch', events: [] });
    },
  );

  test.each([
    'application/cloudevents',
    'application/cloudevents+avro',
    'application/cloudevents+protobuf',
    'application/cloudevents-batch+protobuf',
    'application/cloudevents+json; charset=utf-16',
    'application/CloudEvents+xml',
  ])('%s is unsupported, with or without ce- headers', (type) => {
    expect(refused(['content-type', type])).toMatchObject({ code: 'content-type-unsupported' });
    expect(refused([...REQUIRED_HEADERS, 'content-type', type])).toMatchObject({ code: 'content-type-unsupported' });
  });

  test('any ce- header makes any other message an event in binary mode [HTTP binding 3]', () => {
    const decoded = decodeHttp({
      rawHeaders: ['Content-Type', 'application/json', ...REQUIRED_HEADERS],
      body: bytes('{'),
    });
    expect(decoded).toMatchObject({ kind: 'event', mode: 'binary' });
    expect(refused(['ce-ext', '1'])).toMatchObject({ code: 'attribute-missing', path: 'specversion' });
  });

  test('no ce- header and no media type of CloudEvents is not an event', () => {
    for (const headers of [
      [],
      ['Content-Type', 'application/json'],
      ['x-ce-id', '1', 'ce', '2', 'cee-id', '3', 'Ace-id', '4'],
    ])
      expect(decodeHttp({ rawHeaders: headers, body: json() })).toEqual({ kind: 'not-an-event' });
  });

  test('in structured mode ce- headers do not count, right or wrong [HTTP binding 3.2.3]', () => {
    const event = received(
      [...STRUCTURED, 'ce-id', 'other', 'ce-id', 'another', 'ce-my_ext', 'x', 'ce-data', 'y'],
      json(),
    );
    expect(plain(event)).toEqual({ attributes: REQUIRED });
  });
});

describe('binary mode', () => {
  test('each attribute is a header, the media type Content-Type, the data the body as it is [HTTP binding 3.1]', () => {
    const body = bytes('{"n": 1.0}\n');
    const event = received(
      [...REQUIRED_HEADERS, 'Content-Type', 'Application/JSON;  charset="x"', 'ce-ext', '5'],
      body,
    );
    expect([...event.attributes]).toEqual([
      ...Object.entries(REQUIRED),
      ['ext', '5'],
      ['datacontenttype', 'Application/JSON;  charset="x"'],
    ]);
    expect(event.data).toBe(body);
  });

  test('names of headers have no case [HTTP binding 3.1.3.1]', () => {
    const event = received([
      'CE-SpecVersion',
      '1.0',
      'cE-ID',
      'a',
      'Ce-Source',
      '/s',
      'CE-TYPE',
      't',
      'ce-MyExt',
      'V',
      'CONTENT-TYPE',
      'text/plain',
    ]);
    expect(plain(event).attributes).toEqual({
      specversion: '1.0',
      id: 'a',
      source: '/s',
      type: 't',
      myext: 'V',
      datacontenttype: 'text/plain',
    });
  });

  test('an empty body is no data; the media type may stand alone', () => {
    const event = received([...REQUIRED_HEADERS, 'content-type', 'application/json']);
    expect(event.data).toBeUndefined();
    expect(event.attributes.get('datacontenttype')).toBe('application/json');
  });

  test('a body without Content-Type has no datacontenttype', () => {
    const event = received(REQUIRED_HEADERS, 'x');
    expect(text(event.data)).toBe('x');
    expect(event.attributes.has('datacontenttype')).toBe(false);
  });

  test('an extension may be empty', () => {
    expect(received([...REQUIRED_HEADERS, 'ce-ext', '']).attributes.get('ext')).toBe('');
  });

  test('values are percent-decoded, the media type is not [HTTP binding 3.1.3.2]', () => {
    const event = received([...REQUIRED_HEADERS, 'ce-subject', 'a%20b', 'content-type', 'text/plain; x=%41']);
    expect(event.attributes.get('subject')).toBe('a b');
    expect(event.attributes.get('datacontenttype')).toBe('text/plain; x=%41');
  });

  test('a URI that is encoded comes back as it was [HTTP binding 3.1.3.2]', () => {
    const event = received([
      'ce-specversion',
      '1.0',
      'ce-id',
      '1',
      'ce-type',
      't',
      'ce-source',
      '/a%2520b',
      'ce-dataschema',
      'x:%2541',
    ]);
    expect(event.attributes.get('source')).toBe('/a%20b');
    expect(event.attributes.get('dataschema')).toBe('x:%41');
  });

  test('a URI that comes raw, and decoded would be none, is taken raw: many senders do not encode', () => {
    const event = received([
      'ce-specversion',
      '1.0',
      'ce-id',
      '1',
      'ce-type',
      't',
      'ce-source',
      '/a%20b',
      'ce-dataschema',
      'x:%22',
    ]);
    expect(event.attributes.get('source')).toBe('/a%20b');
    expect(event.attributes.get('dataschema')).toBe('x:%22');
  });

  test('what only a structured event may say otherwise is a string here', () => {
    const event = received([...REQUIRED_HEADERS, 'ce-n', '2147483648', 'ce-b', 'TRUE']);
    expect(event.attributes.get('n')).toBe('2147483648');
    expect(event.attributes.get('b')).toBe('TRUE');
  });

  test.each([
    ['ce-id twice', ['ce-id', '2'], { code: 'attribute-duplicate', path: 'id' }],
    ['ce-id twice, in another case', ['CE-ID', '1'], { code: 'attribute-duplicate', path: 'id' }],
    ['an extension twice', ['ce-x', '1', 'ce-x', '1'], { code: 'attribute-duplicate', path: 'x' }],
    [
      'Content-Type twice',
      ['content-type', 'text/plain', 'Content-Type', 'text/plain'],
      { code: 'attribute-duplicate', path: 'datacontenttype' },
    ],
    [
      'ce-datacontenttype [3.1.1]',
      ['ce-datacontenttype', 'text/plain'],
      { code: 'attribute-invalid', path: 'datacontenttype' },
    ],
    ['ce-data', ['ce-data', 'x'], { code: 'attribute-invalid', path: 'data' }],
    ['ce-data_base64', ['ce-data_base64', 'eA=='], { code: 'attribute-invalid', path: 'data_base64' }],
    ['ce- alone', ['ce-', 'x'], { code: 'attribute-invalid', path: '' }],
    ['a name with a dash', ['ce-my-ext', 'x'], { code: 'attribute-invalid', path: 'my-ext' }],
    ['a name that only a locale makes lower-case', ['ce-\u212a', 'x'], { code: 'attribute-invalid', path: '\u212a' }],
    ['an empty subject', ['ce-subject', ''], { code: 'attribute-invalid', path: 'subject' }],
    ['no media type in Content-Type', ['content-type', 'xyz'], { code: 'attribute-invalid', path: 'datacontenttype' }],
    ['an empty Content-Type', ['content-type', ''], { code: 'attribute-invalid', path: 'datacontenttype' }],
    ['a value that is not UTF-8', ['ce-x', '%C0%A0'], { code: 'attribute-invalid', path: 'x' }],
    ['a value that decodes to a control character', ['ce-x', 'a%0D%0Ab'], { code: 'attribute-invalid', path: 'x' }],
    ['a tab', ['ce-x', 'a\tb'], { code: 'attribute-invalid', path: 'x' }],
  ] as const)('%s is refused', (_, headers, expected) => {
    expect(refused([...REQUIRED_HEADERS, ...headers])).toMatchObject(expected);
  });

  test.each(Object.keys(REQUIRED))('without ce-%s it is refused', (name) => {
    const headers = Object.entries(REQUIRED).flatMap(([n, v]) => (n === name ? [] : [`ce-${n}`, v]));
    expect(refused(headers)).toMatchObject({ code: 'attribute-missing', path: name });
  });
});

test('a batch comes whole, and a wrong event in it is named by its place', () => {
  const type = ['content-type', 'application/cloudevents-batch+json'];
  const good = JSON.stringify({ ...REQUIRED, data: 1 });
  const decoded = decodeHttp({ rawHeaders: type, body: bytes(`[${good},${good}]`) });
  expect(decoded.kind === 'batch' && decoded.events.map((event) => text(event.data))).toEqual(['1', '1']);
  expect(refused(type, bytes(`[${good},{"specversion":"1.0","id":"1","type":"t"}]`))).toMatchObject({
    code: 'batch-invalid',
    path: '[1].source',
  });
});
