import { describe, expect, test } from 'vitest';
import { decodeJson } from '../../../events/json/decode.ts';
import { refusal } from '../refusal.ts';
import { bytes, json, plain, raw, REQUIRED, text } from '../samples.ts';

const JSON_TYPE = '"datacontenttype":"application/json"';

describe('attributes', () => {
  test('keep their types and their order [JSON format 2.2]', () => {
    const event = decodeJson(
      bytes('{"b":true,"n":-5,"type":"t","s":"5","id":"i","source":"/","specversion":"1.0","f":false}'),
    );
    expect([...event.attributes]).toEqual([
      ['b', true],
      ['n', -5],
      ['type', 't'],
      ['s', '5'],
      ['id', 'i'],
      ['source', '/'],
      ['specversion', '1.0'],
      ['f', false],
    ]);
  });

  test('null is unset [JSON format 2.2]', () => {
    expect(
      plain(decodeJson(json({ subject: null, time: null, datacontenttype: null, dataschema: null, ext: null }))),
    ).toEqual({ attributes: REQUIRED });
  });

  test.each(Object.keys(REQUIRED))('null for %s is missing', (name) => {
    expect(refusal(() => decodeJson(json({ [name]: null })))).toMatchObject({ code: 'attribute-missing', path: name });
  });

  test('escapes are undone, in names too', () => {
    const event = decodeJson(
      bytes('{"\\u0069d":"\\u20ac \\ud83d\\ude00 \\/","source":"/","type":"Gr\u00fc\u00dfe","specversion":"1.0"}'),
    );
    expect(event.attributes.get('id')).toBe('€ 😀 /');
    expect(event.attributes.get('type')).toBe('Grüße');
  });

  test.each(['1.0', '1.5', '1e3', '-1E0', '2147483648', '-2147483649', '99999999999999999999'])(
    'the number %s is no Integer [JSON format 2.2]',
    (number) =>
      expect(refusal(() => decodeJson(raw(`"ext":${number}`)))).toMatchObject({
        code: 'attribute-invalid',
        path: 'ext',
      }),
  );

  test.each(['{}', '[]', '["a"]', '{"a":1}'])('%s is no value of an attribute', (value) => {
    expect(refusal(() => decodeJson(raw(`"ext":${value}`)))).toMatchObject({ code: 'attribute-invalid', path: 'ext' });
  });

  test.each(['Ext', 'my.ext', 'my_ext', '', 'ä', 'data_base_64', '__proto__'])(
    '%j is no name, even for null',
    (name) => {
      for (const value of ['1', '"x"', 'null', '{}'])
        expect(refusal(() => decodeJson(raw(`${JSON.stringify(name)}:${value}`)))).toMatchObject({
          code: 'attribute-invalid',
          path: name,
        });
    },
  );

  test('a lone surrogate is refused', () => {
    expect(refusal(() => decodeJson(raw('"ext":"\\ud800"')))).toMatchObject({ code: 'attribute-invalid', path: 'ext' });
  });

  test.each([
    ['"id":"1"', 'id'],
    ['"\\u0069d":"2"', 'id'],
    ['"id":null', 'id'],
    ['"ext":null,"ext":null', 'ext'],
    ['"ext":null,"ext":1', 'ext'],
    ['"data":1,"data":1', 'data'],
    ['"data_base64":"","data_base64":""', 'data_base64'],
  ])('%s makes a member come twice', (members, path) => {
    expect(refusal(() => decodeJson(raw(members)))).toMatchObject({ code: 'json-invalid', path });
  });
});

describe('data of a JSON media type', () => {
  test.each([
    '1.0',
    '-0',
    '1e400',
    '12345678901234567890',
    '"text"',
    '""',
    'null',
    'true',
    'false',
    '0',
    '[]',
    '{}',
    '{"a":1,"a":2}',
    '{"2":0,"1":0}',
    '{ "a" : [ 1,\n\t2 ] }',
    '"\\u00e9"',
    '"é"',
    '"\\ud800"',
    '"{\\"a\\":1}"',
    '{"data":{"data_base64":1}}',
  ])('%s keeps its bytes [JSON format 3.1.2]', (value) => {
    expect(text(decodeJson(raw(`${JSON_TYPE},"data": ${value} `)).data)).toBe(value);
    expect(
      text(
        decodeJson(bytes(`{"data":${value},${JSON_TYPE},"specversion":"1.0","id":"1","source":"/","type":"t"}`)).data,
      ),
    ).toBe(value);
  });

  test.each(['application/json; charset=utf-8', 'text/json', 'application/problem+json', 'Application/JSON'])(
    'is that of %s',
    (type) => {
      expect(text(decodeJson(json({ datacontenttype: type, data: 'x' })).data)).toBe('"x"');
    },
  );

  test('is implied by `data` without datacontenttype, which is then set [JSON format 3.1.2]', () => {
    const event = decodeJson(raw('"data":"I\'m just a string"'));
    expect(event.attributes.get('datacontenttype')).toBe('application/json');
    expect(text(event.data)).toBe('"I\'m just a string"');
    expect(decodeJson(raw('"data":null,"datacontenttype":null')).attributes.get('datacontenttype')).toBe(
      'application/json',
    );
  });

  test('may be nested without end', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(text(decodeJson(raw(`"data":${deep}`)).data)).toBe(deep);
  });

  test('small in a large body is copied, so that it does not keep the body', () => {
    const small = decodeJson(raw(`"ext":"${'x'.repeat(100_000)}","data":1`)).data;
    expect(small?.buffer.byteLength).toBeLessThan(100_000);
  });
});

describe('data of another media type', () => {
  test('is the UTF-8 of its text [JSON format 3.1.2]', () => {
    expect(text(decodeJson(json({ datacontenttype: 'application/xml', data: '<much wow="xml"/>' })).data)).toBe(
      '<much wow="xml"/>',
    );
    expect(text(decodeJson(json({ datacontenttype: 'text/plain', data: 'é\n"€"\u0000' })).data)).toBe('é\n"€"\u0000');
    expect(text(decodeJson(json({ datacontenttype: 'text/plain', data: 'plain' })).data)).toBe('plain');
  });

  test('may be empty: data of no bytes are data', () => {
    expect(decodeJson(json({ datacontenttype: 'text/plain', data: '' })).data?.length).toBe(0);
  });

  test.each(['1', 'null', 'true', '{}', '[]'])('cannot be %s', (value) => {
    expect(refusal(() => decodeJson(raw(`"datacontenttype":"text/plain","data":${value}`)))).toMatchObject({
      code: 'data-invalid',
      path: 'data',
    });
  });

  test('cannot have a lone surrogate: UTF-8 has no such text', () => {
    expect(refusal(() => decodeJson(raw('"datacontenttype":"text/plain","data":"\\ud800"')))).toMatchObject({
      code: 'data-invalid',
    });
  });

  test.each([
    ['text/plain; charset=iso-8859-1', 'plain', true],
    ['text/plain; charset=us-ascii', 'plain', true],
    ['text/plain; charset="UTF-8"', 'é', true],
    ['text/plain; charset=iso-8859-1', 'é', false],
    ['text/plain; charset=utf-16', 'plain', false],
  ])('%s %j can be read: %s', (datacontenttype, data, readable) => {
    const refused = refusal(() => decodeJson(json({ datacontenttype, data })));
    expect(refused?.code).toBe(readable ? undefined : 'data-invalid');
  });
});

describe('data_base64', () => {
  test.each([
    ['', ''],
    ['AA==', '00'],
    ['//79', 'fffefd'],
    ['+/+/', 'fbffbf'],
  ])('%s is %s [RFC 4648 4]', (data_base64, hex) => {
    expect(Buffer.from(decodeJson(json({ data_base64 })).data ?? []).toString('hex')).toBe(hex);
  });

  test('may escape its slashes', () => {
    expect(Buffer.from(decodeJson(raw('"data_base64":"\\/\\/79"')).data ?? []).toString('hex')).toBe('fffefd');
  });

  test('implies no media type [JSON format 3.1.1]', () => {
    expect(decodeJson(json({ data_base64: 'AA==' })).attributes.has('datacontenttype')).toBe(false);
  });

  test('null is no data', () => {
    expect(decodeJson(json({ data_base64: null })).data).toBeUndefined();
    expect(text(decodeJson(json({ data_base64: null, data: 1 })).data)).toBe('1');
  });

  test.each(['A', 'AA', 'AAA', 'AA=', 'AA==AA==', 'AA\n==', ' AA==', 'AB==', '_-_-', 'A===', '====', 'AAA€', 'AAAA='])(
    '%j is no base64 [RFC 4648]',
    (data_base64) => {
      expect(refusal(() => decodeJson(json({ data_base64 })))).toMatchObject({
        code: 'data-invalid',
        path: 'data_base64',
      });
    },
  );

  test.each([5, {}, ['AA=='], true])('%j is no base64', (data_base64) => {
    expect(refusal(() => decodeJson(json({ data_base64 })))).toMatchObject({
      code: 'data-invalid',
      path: 'data_base64',
    });
  });

  test('together with data is refused, null data too [JSON format 3.1.1]', () => {
    for (const data of ['text', null])
      expect(refusal(() => decodeJson(json({ data, data_base64: 'AA==' })))).toMatchObject({
        code: 'data-invalid',
        path: 'data',
      });
  });
});

describe('the text', () => {
  test.each(['', ' ', '[]', '1', '"a"', 'null', '{"id":1', '{"id"}', '{} x', '{},', '{"a":1,}', 'abc', '[{}]'])(
    '%j is no event',
    (body) => {
      expect(refusal(() => decodeJson(bytes(body)))).toMatchObject({ code: 'json-invalid' });
    },
  );

  test('that is not UTF-8 is refused, in data too', () => {
    expect(refusal(() => decodeJson(Buffer.from('{"data":"\u00e9"}', 'latin1')))).toMatchObject({
      code: 'json-invalid',
    });
  });

  test('may have white space around it, and a byte order mark before it [RFC 8259 8.1]', () => {
    expect(plain(decodeJson(bytes(`\ufeff \n${JSON.stringify(REQUIRED)}\r\n`)))).toEqual({ attributes: REQUIRED });
  });

  test('may be a plain Uint8Array that begins in the middle of its memory', () => {
    const body = json({ data: [1] });
    const memory = new Uint8Array(body.length + 6);
    memory.set(body, 3);
    expect(text(decodeJson(memory.subarray(3, 3 + body.length)).data)).toBe('[1]');
  });
});
