import fc from 'fast-check';
import { cloudEvent } from '../../events/attributes.ts';
import type { AttributeValue, CloudEvent } from '../../events/event.ts';
import { bytes } from './samples.ts';

// Whatever a String may hold: no control characters, noncharacters, lone surrogates.
const character = fc
  .oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
    { weight: 2, arbitrary: fc.constantFrom(0x20, 0x22, 0x25, 0x5c, 0xa0, 0xd7ff, 0xe000, 0xfffd, 0x10fffd) },
    { weight: 2, arbitrary: fc.integer({ min: 0xa0, max: 0xd7ff }) },
    { weight: 1, arbitrary: fc.integer({ min: 0x10000, max: 0x1fffd }) },
  )
  .map((code) => String.fromCodePoint(code));

export const anyString = fc.string({ unit: character, maxLength: 30 });
const someString = fc.string({ unit: character, minLength: 1, maxLength: 30 });

const source = fc.oneof(
  fc.constantFrom('/a%20b', '/a%2520b', '#fragment', '?', 'urn:x:%25', '//host', 'https://[::1]:8080/~x?y=%22#z'),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
);
const dataschema = fc.oneof(fc.constantFrom('urn:schema:%41', 'x:'), fc.webUrl({ withQueryParameters: true }));
const time = fc.constantFrom(
  '2018-04-05T17:31:00Z',
  '2018-04-05t17:31:00.000000001z',
  '2016-12-31T23:59:60Z',
  '2020-02-29T00:00:00.10-23:59',
);

const name = fc
  .string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789'.split('')), minLength: 1, maxLength: 20 })
  .filter(
    (name) =>
      !['data', 'id', 'source', 'type', 'specversion', 'subject', 'time', 'dataschema', 'datacontenttype'].includes(
        name,
      ),
  );
export const names = fc.oneof(
  name,
  fc.constantFrom('validate', 'emit', 'tojson', 'constructor', 'tostring', 'valueof', 'hasownproperty'),
);

const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  anyString,
  fc.boolean(),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
);

interface Payload {
  readonly datacontenttype?: string;
  readonly data?: Uint8Array;
}

const jsonType = fc.constantFrom(
  'application/json',
  'APPLICATION/JSON; charset=utf-8',
  'text/json',
  'application/vnd.x+json;a="b c"',
);
const otherType = fc.constantFrom(
  'text/plain',
  'text/plain; charset=iso-8859-1',
  'text/xml;charset="utf-8"',
  'application/xml',
  'application/octet-stream',
  'image/png',
  'x/y; z=%41',
);
// Written as people and programs write it, without white space around it.
const jsonText = fc.oneof(
  fc.json(),
  fc.json({ maxDepth: 2 }).map((text) => JSON.stringify(JSON.parse(text), undefined, 2)),
  fc.constantFrom('1.0', '-0', '1e400', '12345678901234567890', '{"a":1,"a":2}', '"\\ud800"', '"\u2028"', '[[[[]]]]'),
);
const anyBytes = fc.uint8Array({ minLength: 1, maxLength: 60 });

const payload: fc.Arbitrary<Payload> = fc.oneof(
  fc.record({ datacontenttype: jsonType, data: jsonText.map(bytes) }),
  fc.record({ datacontenttype: otherType, data: fc.oneof(anyBytes, someString.map(bytes)) }),
  fc.record({ datacontenttype: jsonType, data: anyBytes.filter(notPadded) }),
  fc.record({ data: fc.oneof(anyBytes, jsonText.map(bytes)) }),
  fc.record({ datacontenttype: fc.oneof(jsonType, otherType) }),
  fc.constant({}),
);

/** White space around a JSON value is no part of it, and is the one thing that JSON format does not carry. */
function notPadded(data: Uint8Array): boolean {
  const text = new TextDecoder().decode(data);
  return text.trim() === text;
}

/** Any valid event, attributes in any order, data of at least one byte or none. */
export const anyEvent: fc.Arbitrary<CloudEvent> = fc
  .record({
    required: fc.record({ specversion: fc.constant('1.0'), id: someString, source, type: someString }),
    optional: fc.record({ subject: someString, time, dataschema }, { requiredKeys: [] }),
    extensions: fc.dictionary(names, value, { maxKeys: 5 }),
    payload,
  })
  .chain(({ required, optional, extensions, payload }) => {
    const { datacontenttype, data } = payload;
    const entries = Object.entries({
      ...required,
      ...optional,
      ...extensions,
      ...(datacontenttype === undefined ? {} : { datacontenttype }),
    });
    return fc.shuffledSubarray(entries, { minLength: entries.length }).map((shuffled) => cloudEvent(shuffled, data));
  });
