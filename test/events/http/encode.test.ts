import { describe, expect, test } from 'vitest';
import { cloudEvent } from '../../../events/attributes.ts';
import { encodeBatch, encodeBinary, encodeStructured } from '../../../events/http/encode.ts';
import { bytes, REQUIRED, REQUIRED_HEADERS, text } from '../samples.ts';

describe('binary mode', () => {
  test('attributes become headers in their order, values in canonical form [HTTP binding 3.1.3]', () => {
    const event = cloudEvent({ n: -5, ...REQUIRED, flag: true, subject: 'Grüße "50%"', off: false, empty: '' });
    expect(encodeBinary(event)).toEqual({
      headers: [
        'ce-n',
        '-5',
        ...REQUIRED_HEADERS,
        'ce-flag',
        'true',
        'ce-subject',
        'Gr%C3%BC%C3%9Fe%20%2250%25%22',
        'ce-off',
        'false',
        'ce-empty',
        '',
      ],
    });
  });

  test('datacontenttype is Content-Type verbatim, and never a ce- header [HTTP binding 3.1.1]', () => {
    const data = bytes('x');
    const type = 'text/plain; charset="utf-8"; x=100%';
    const encoded = encodeBinary(cloudEvent({ ...REQUIRED, datacontenttype: type }, data));
    expect(encoded.headers).toEqual([...REQUIRED_HEADERS, 'content-type', type]);
    expect(encoded.body).toBe(data);
  });

  test('without datacontenttype there is no Content-Type, with data or without', () => {
    expect(encodeBinary(cloudEvent(REQUIRED, bytes('{}'))).headers).toEqual(REQUIRED_HEADERS);
    expect('body' in encodeBinary(cloudEvent(REQUIRED))).toBe(false);
  });

  test('a URI is encoded as every other string [HTTP binding 3.1.3.2]', () => {
    expect(encodeBinary(cloudEvent({ ...REQUIRED, source: '/a%20b' })).headers).toContain('/a%2520b');
  });

  test('no value can end a header: CR and LF never get into an event, and would be encoded', () => {
    const event = { attributes: new Map([['id', 'a\r\nx: y']]) };
    expect(encodeBinary(event).headers).toEqual(['ce-id', 'a%0D%0Ax:%20y']);
  });
});

test('structured mode is JSON under its media type, without ce- headers [HTTP binding 3.2]', () => {
  const encoded = encodeStructured(cloudEvent({ ...REQUIRED, datacontenttype: 'application/json' }, bytes('1.0')));
  expect(encoded.headers).toEqual(['content-type', 'application/cloudevents+json']);
  expect(text(encoded.body)).toBe(
    '{"specversion":"1.0","id":"1","source":"/test","type":"com.example.test","datacontenttype":"application/json","data":1.0}',
  );
});

test('a batch is a JSON array under its media type, empty too [HTTP binding 3.3]', () => {
  const event = cloudEvent(REQUIRED);
  expect(encodeBatch([event, event]).headers).toEqual(['content-type', 'application/cloudevents-batch+json']);
  expect(JSON.parse(text(encodeBatch([event, event]).body) ?? '')).toEqual([REQUIRED, REQUIRED]);
  expect(text(encodeBatch([]).body)).toBe('[]');
});
