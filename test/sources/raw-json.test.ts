import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rawAt, rawElements } from '../../sources/raw-json.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (raw: Uint8Array | undefined): string | undefined => raw && new TextDecoder().decode(raw);
const at = (json: string, ...steps: readonly string[]): string | undefined => text(rawAt(bytes(json), steps));

describe('a value that is cut out', () => {
  test('is the value that a parser finds there', () => {
    const parts = fc.record({ value: fc.jsonValue(), name: fc.string(), other: fc.jsonValue(), spaces: fc.nat(2) });
    fc.assert(
      fc.property(parts, ({ value, name, other, spaces }) => {
        const json = JSON.stringify({ list: [other, { [name]: value }], last: other }, undefined, spaces);
        expect(JSON.parse(at(json, 'list', '1', name) ?? '')).toEqual(JSON.parse(JSON.stringify(value)));
        expect(JSON.parse(at(json, 'last') ?? '')).toEqual(JSON.parse(JSON.stringify(other)));
      }),
    );
  });

  test.each([
    ['keeps its digits and white space', '{"a": {"n":1.50e2, "b" : [ 1 ]} }', ['a'], '{"n":1.50e2, "b" : [ 1 ]}'],
    ['has no white space around it', ' \n{ "a" :\t[ 7 , 8 ] } ', ['a', '1'], '8'],
    ['is the whole without steps', ' {"a":1} ', [], '{"a":1}'],
    ['is the last of members that come twice', '{"a":1,"a":2}', ['a'], '2'],
  ])('%s', (...[, json, steps, found]) => {
    expect(at(json, ...steps)).toBe(found);
  });

  test.each([
    ['behind it in its object', '{"a":1,"b":x}', ['a']],
    ['behind it in an object around it', '{"a":{"b":1},"c":x}', ['a', 'b']],
    ['behind it in its list', '[1,x]', ['0']],
    ['in it', '{"a":{"b":x}}', ['a']],
    ['at its end', '{"a":1', ['a']],
    ['without steps', '{"a":x}', []],
  ])('is none if something is not JSON %s', (_where, json, steps) => {
    expect(at(json, ...steps)).toBeUndefined();
  });

  test.each([
    ['a name that is not there', '{"a":1}', ['b']],
    ['a name in a list', '[1]', ['a']],
    ['a position past the end', '[1]', ['1']],
    ['a position with zeros in front', '[1,2]', ['01']],
    ['a step into a number', '{"a":1}', ['a', 'b']],
    ['a step into nothing', '', ['a']],
  ])('is none at %s', (_where, json, steps) => {
    expect(at(json, ...steps)).toBeUndefined();
  });
});

test('the elements of a list are cut out in their order, and of what is no list there are none', () => {
  expect(rawElements(bytes(' [ {"a":1} ,2.0, "]" ] '))?.map(text)).toEqual(['{"a":1}', '2.0', '"]"']);
  expect(rawElements(bytes('[]'))).toEqual([]);
  expect(['{"a":1}', '[1', '[1 2]', ''].map((json) => rawElements(bytes(json)))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
