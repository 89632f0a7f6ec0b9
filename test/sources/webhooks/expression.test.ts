import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../../crds/webhook-providers/expression.ts';
import { evaluator } from '../../../sources/webhooks/expression.ts';
import { posted } from './posted.ts';

const BODY = {
  type: 'order.paid',
  n: 7,
  yes: true,
  nothing: null,
  empty: '',
  'a/b': 'slash',
  'm~n': 'tilde',
  list: [{ id: 'first' }, { id: 'second' }],
  deep: { '': 'no name' },
};
const request = posted(BODY, { 'X-Id': 'abc', 'X-Twice': '1', 'x-twice': '2' }, '/hook?kind=q&twice=1&twice=2&empty=');
const evaluate = evaluator(request);

describe('what an expression reads', () => {
  test.each([
    ['literal', 'literal'],
    ['{body:/type}', 'order.paid'],
    ['com.acme.{body:/type}', 'com.acme.order.paid'],
    ['{body:/n}-{body:/yes}', '7-true'],
    ['{body:/list/1/id}', 'second'],
    ['{body:/a~1b}{body:/m~0n}', 'slashtilde'],
    ['{body:/deep/}', 'no name'],
    ['{header:x-ID}', 'abc'],
    ['{query:kind}', 'q'],
    ['{body:/missing|header:X-Id}', 'abc'],
    ['{body:/empty|"fallback"}', 'fallback'],
    ['\\{{body:/type}\\}', '{order.paid}'],
    ['{"a\\|b\\}"}', 'a|b}'],
  ])('%s is %s', (text, value) => {
    expect(evaluate(text)).toBe(value);
  });

  test.each([
    ['{body:/missing}'],
    ['x{body:/nothing}'],
    ['{body:/empty}'],
    ['{body:/list}'],
    ['{body:/list/01/id}'],
    ['{body:/list/-1}'],
    ['{body:/list/length}'],
    ['{body:/__proto__}'],
    ['{body:/constructor/name}'],
    ['{body:}'],
    ['{header:X-Twice}'],
    ['{query:twice}'],
    ['{query:empty}'],
    ['{form:kind}'],
  ])('%s has no value', (text) => {
    expect(evaluate(text)).toBeUndefined();
  });

  test('a form, the hash of the body, and a body that is one value', () => {
    const form = evaluator(posted('a=1+2&b=%C3%BC&b=3', { 'Content-Type': 'application/x-www-form-urlencoded' }));
    expect([form('{form:a}'), form('{form:b}')]).toEqual(['1 2', undefined]);
    const empty = evaluator(posted(''));
    expect(empty('{sha256}')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(evaluator(posted('"text"'))('{body:}')).toBe('text');
  });
});

test('two numbers that a double cannot tell apart stay two', () => {
  const id = (body: string) => evaluator(posted(body))('{body:/id}');
  expect(id('{"id":9007199254740993}')).toBe('9007199254740993');
  expect(id('{"id":9007199254740992}')).toBe('9007199254740992');
  expect(id('{"id":1.10}')).toBe('1.10');
  expect(id('{"id":12}')).toBe('12');
});

test('bytes that are no UTF-8 have no value: replaced, different ones would look alike', () => {
  const bytes = (body: readonly number[]) => evaluator({ ...posted(''), body: Uint8Array.from(body) });
  expect(bytes([0x22, 0xff, 0x22])('{body:}')).toBeUndefined();
  expect(bytes([0x61, 0x3d, 0xff])('{form:a}')).toBeUndefined();
});

describe('what is no expression', () => {
  test.each([
    ['', 1, 'nothing'],
    ['a}', 2, 'a } without its {'],
    ['ab{body:/x', 3, 'a { without its }'],
    ['{body:/a{b}', 9, 'a { inside of braces'],
    ['{}', 2, 'is no value'],
    ['{body:/a||sha256}', 10, 'is no value'],
    ['{body:a}', 2, 'is no JSON Pointer; it begins with /'],
    ['x{header:X|body:/a~2}', 12, 'write ~0 for ~'],
    ['{header:a b}', 2, 'is no value'],
    ['{env:HOME}', 2, 'is no value'],
    ['{header:}', 2, 'is no value'],
    ['a\\', 2, 'a backslash at the end'],
  ])('%j is wrong at character %i: %s', (text, at, what) => {
    expect(parseExpression(text)).toMatchObject({ at, what: expect.stringContaining(what) });
  });

  test('whatever it is, reading it ends, and names a place inside of it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[{}|\\"a:/~bodyheaderformsha256]{0,40}$/)), (text) => {
        const parsed = parseExpression(text);
        if (!('what' in parsed)) return evaluate(text) !== '';
        return parsed.at >= 1 && parsed.at <= text.length + 1;
      }),
    );
  });
});
