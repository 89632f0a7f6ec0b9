import { describe, expect, test } from 'vitest';
import { cloudEvent } from '../../../events/attributes.ts';
import { decodeJson, decodeJsonBatch } from '../../../events/json/decode.ts';
import { encodeJson, encodeJsonBatch } from '../../../events/json/encode.ts';
import { bytes, plain, REQUIRED, text } from '../samples.ts';

const HEAD = JSON.stringify(REQUIRED).slice(0, -1);

function encoded(data: Uint8Array | string, datacontenttype?: string): string {
  const type = datacontenttype === undefined ? {} : { datacontenttype };
  const event = cloudEvent({ ...REQUIRED, ...type }, typeof data === 'string' ? bytes(data) : data);
  const written = text(encodeJson(event)) ?? '';
  expect(plain(decodeJson(bytes(written)))).toEqual(plain(event));
  const head = datacontenttype === undefined ? HEAD : `${HEAD},"datacontenttype":${JSON.stringify(datacontenttype)}`;
  expect(written.startsWith(`${head},`)).toBe(true);
  return written.slice(head.length + 1, -1);
}

test('attributes are members in their order and of their types, no data no member [JSON format 2.2]', () => {
  const event = cloudEvent({ n: 5, ...REQUIRED, flag: false, text: 'a"\\\u{1f600}', five: '5' });
  expect(text(encodeJson(event))).toBe(
    '{"n":5,"specversion":"1.0","id":"1","source":"/test","type":"com.example.test","flag":false,"text":"a\\"\\\\😀","five":"5"}',
  );
});

describe('data of a JSON media type', () => {
  test.each(['{"n":1.0, "n":12345678901234567890}', '"é"', 'null', '0', '{ "a" :\n1 }', '"\\ud800"'])(
    '%s go in as they are',
    (data) => {
      expect(encoded(data, 'application/json')).toBe(`"data":${data}`);
      expect(encoded(data, 'application/vnd.x+json; charset=utf-8')).toBe(`"data":${data}`);
    },
  );

  test('lose the white space around the value: it is not part of it', () => {
    const event = cloudEvent({ ...REQUIRED, datacontenttype: 'application/json' }, bytes(' {"a": 1}\n'));
    expect(text(encodeJson(event))).toContain('"data":{"a": 1}}');
  });

  test.each(['', '{', '{"a":1} x', 'text', '\ufeff1', "{'a':1}"])('that are none (%j) go in as base64', (data) => {
    expect(encoded(data, 'application/json')).toBe(`"data_base64":"${Buffer.from(data).toString('base64')}"`);
  });

  test('that are not UTF-8 go in as base64', () => {
    expect(encoded(Buffer.from('"\u00e9"', 'latin1'), 'application/json')).toBe('"data_base64":"Iuki"');
  });
});

describe('other data', () => {
  test.each(['plain', '', 'é "€"\n\u0000', '\ufeffmark'])('of text/*, %j, are a string', (data) => {
    expect(encoded(data, 'text/plain')).toBe(`"data":${JSON.stringify(data)}`);
    expect(encoded(data, 'TEXT/html; charset="UTF-8"')).toBe(`"data":${JSON.stringify(data)}`);
  });

  test('of text/* that are not UTF-8, or said to be something else, are base64', () => {
    expect(encoded(Uint8Array.of(0xe9), 'text/plain')).toBe('"data_base64":"6Q=="');
    expect(encoded('é', 'text/plain; charset=iso-8859-1')).toBe('"data_base64":"w6k="');
    expect(encoded('a\u0000', 'text/plain; charset=utf-16le')).toBe('"data_base64":"YQA="');
    expect(encoded('a', 'text/plain; charset=us-ascii')).toBe('"data":"a"');
  });

  test.each(['application/xml', 'application/octet-stream', 'image/png'])('of %s are base64', (type) => {
    expect(encoded('<a/>', type)).toBe('"data_base64":"PGEvPg=="');
  });

  test('without datacontenttype are base64: `data` would imply JSON [JSON format 3.1.1]', () => {
    expect(encoded('{}')).toBe('"data_base64":"e30="');
    expect(encoded('')).toBe('"data_base64":""');
  });
});

test('a batch is an array of its events [JSON format 4]', () => {
  const events = [
    cloudEvent({ ...REQUIRED, datacontenttype: 'application/json' }, bytes('1.0')),
    cloudEvent({ ...REQUIRED, id: '2' }, bytes('x')),
    cloudEvent({ ...REQUIRED, id: '3' }),
    cloudEvent({ ...REQUIRED, id: '4', datacontenttype: 'application/json' }, bytes('{}')),
  ];
  const written = encodeJsonBatch(events);
  expect(decodeJsonBatch(written).map(plain)).toEqual(events.map(plain));
  expect(text(written)).toBe(`[${events.map((event) => text(encodeJson(event))).join(',')}]`);
  expect(text(encodeJsonBatch([]))).toBe('[]');
});
