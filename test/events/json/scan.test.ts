import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { skipSpace, valueEnd } from '../../../events/json/scan.ts';
import { bytes } from '../samples.ts';

/** Whether the scanner takes all of `text` for one JSON value. */
function accepts(text: string): boolean {
  const input = bytes(text);
  const end = valueEnd(input, skipSpace(input, 0));
  return end >= 0 && skipSpace(input, end) === input.length;
}

/** What the platform's own parser says. */
function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('it agrees with JSON.parse [RFC 8259]', () => {
  test.each([
    '{}',
    '[]',
    '0',
    '-0',
    '1.0',
    '-1.5e+10',
    '1E5',
    '1e-2',
    '""',
    '"\\u00e9\\n\\"\\\\\\/"',
    'true',
    'false',
    'null',
    ' [ 1 , { "a" : [ ] } ] ',
    '{"a":1,"a":2}',
    '\t\n\r 1',
    '"\u007f"',
    '"\\ud800"',
    '[[[]]]',
    '{"":{"":""}}',
    '',
    ' ',
    '01',
    '-',
    '+1',
    '1.',
    '.5',
    '1e',
    '1e+',
    '0x10',
    'NaN',
    'Infinity',
    '-Infinity',
    'tru',
    'truex',
    'nul',
    '[1,]',
    '[,1]',
    '[1 2]',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    '{"a" 1}',
    '{,}',
    '"',
    '"\\"',
    '"\\x"',
    '"\\u12"',
    '"\\u12g4"',
    '"\n"',
    '"\u0000"',
    '[',
    '{',
    '[[]',
    '{"a":1',
    ']',
    '}',
    '[}',
    '{]',
    '[1}',
    '{"a":1]',
    '1 2',
    '[] []',
    '/**/1',
    '\ufeff1',
    '1\u00a0',
    '"\\',
    '{"a"',
    '{"a":',
    '[1,',
    '-a',
    '1-',
    '--1',
    '1..2',
    '\v1',
    '\u20281',
  ])('about %j', (text) => expect(accepts(text)).toBe(parses(text)));

  test('about any value, however written', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
        expect(accepts(JSON.stringify(JSON.parse(text), undefined, indent))).toBe(true);
      }),
    );
  });

  test('about JSON that was damaged in one place', () => {
    const damage = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', '\\', ',', ':', '{', '}', '[', ']', '0', '.', 'e', '-', ' ', '\n', '\u0000', 'u'),
    );
    fc.assert(
      fc.property(damage, ([text, place, inserted]) => {
        const at = place % (text.length + 1);
        for (const damaged of [
          text.slice(0, at) + inserted + text.slice(at),
          text.slice(0, at) + inserted + text.slice(at + 1),
        ])
          expect(accepts(damaged)).toBe(parses(damaged));
      }),
      { numRuns: 500 },
    );
  });
});

test('nesting of any depth costs no stack', () => {
  const deep = 1_000_000;
  expect(accepts('['.repeat(deep) + ']'.repeat(deep))).toBe(true);
  expect(accepts('{"a":'.repeat(deep) + '1' + '}'.repeat(deep))).toBe(true);
  expect(accepts('['.repeat(deep))).toBe(false);
});

test('it says where the text stops being JSON', () => {
  expect(~valueEnd(bytes('{"a": tru }'), 0)).toBe(9);
  expect(~valueEnd(bytes('[1, 2'), 0)).toBe(5);
  expect(~valueEnd(bytes('["a\u0001"]'), 0)).toBe(3);
});

test('it reads no further than the value', () => {
  expect(valueEnd(bytes('  {"a":[1]} rest'), 2)).toBe(11);
});
