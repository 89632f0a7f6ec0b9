import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formField } from '../../sources/form-field.ts';

function field(body: string): string | undefined {
  const bytes = formField(new TextEncoder().encode(body), 'payload');
  return bytes && new TextDecoder().decode(bytes);
}

test('percent-coded bytes and plus signs are decoded', () => {
  expect(field('payload=%7B%22a%22%3A+%22gr%C3%BC%C3%9F%22%7D')).toBe('{"a": "grüß"}');
});

test('it stands beside other fields', () => {
  expect(field('x=1&payload=%7B%7D&y=%')).toBe('{}');
});

test.each([
  '',
  'payload',
  'pay=1',
  'payloads=1',
  'payload=a&payload=b',
  'payload=%',
  'payload=%4',
  'payload=%zz',
  'payload=%+4',
])('%j has none', (body) => {
  expect(field(body)).toBeUndefined();
});

test('what URLSearchParams writes comes back, byte by byte', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(field(new URLSearchParams({ before: '&=', payload: text, after: '%' }).toString())).toBe(text);
    }),
  );
});

test('bytes that are no UTF-8 are kept', () => {
  expect(formField(new TextEncoder().encode('payload=%FF%00%80'), 'payload')).toEqual(Uint8Array.of(255, 0, 128));
});
