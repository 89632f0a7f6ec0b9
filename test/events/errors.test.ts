import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoted } from '../../events/errors.ts';

const circle: { self?: unknown } = {};
circle.self = circle;

test.each([
  ['text', '"text"'],
  ['two\nlines', '"two\\nlines"'],
  ['\u001B[31m\u009B\u007F\u2028', '"\\u001b[31m\\u009b\\u007f\\u2028"'],
  ['x'.repeat(61), `"${'x'.repeat(56)}...`],
  [undefined, 'undefined'],
  [null, 'null'],
  [12n, '12'],
  [Symbol('s'), '"Symbol(s)"'],
  [{ a: 12n }, '[object]'],
  [circle, '[object]'],
  [[circle], '[object]'],
  [() => 1, '[function]'],
  [Object.assign(Object.create(null), { toJSON: () => undefined }), '[object]'],
])('%o is quoted as %s', (value, text) => {
  expect(quoted(value)).toBe(text);
});

test('any value is quoted, in one line of at most 60 characters', () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
  });
  fc.assert(
    fc.property(fc.oneof(anything, fc.string({ unit: 'binary' })), (value) => {
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      expect(quoted(value)).toMatch(/^[^\u0000-\u001F\u007F-\u009F\u2028\u2029]{1,60}$/);
    }),
  );
});
