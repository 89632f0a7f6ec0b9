import { describe, expect, test } from 'vitest';
import { cloudEvent, withAttributes } from '../../events/attributes.ts';
import type { AttributeValue } from '../../events/event.ts';
import { bytes, plain, REQUIRED } from './samples.ts';
import { refusal } from './refusal.ts';

function refused(attributes: Readonly<Record<string, AttributeValue>>): string | undefined {
  return refusal(() => cloudEvent({ ...REQUIRED, ...attributes }))?.code;
}

describe('required attributes', () => {
  test.each(Object.keys(REQUIRED))('an event without %s is refused [CloudEvents "REQUIRED Attributes"]', (name) => {
    const { [name]: _, ...rest } = { ...REQUIRED } as Record<string, string>;
    expect(refusal(() => cloudEvent(rest))).toMatchObject({ code: 'attribute-missing', path: name });
  });

  test.each(['id', 'source', 'type', 'specversion', 'subject', 'dataschema', 'datacontenttype', 'time'])(
    'an empty %s is refused, and its path said [CloudEvents "MUST be a non-empty string"]',
    (name) => {
      expect(refusal(() => cloudEvent({ ...REQUIRED, [name]: '' }))).toMatchObject({
        code: 'attribute-invalid',
        path: name,
      });
    },
  );

  test.each(['id', 'source', 'type', 'specversion', 'subject', 'dataschema', 'datacontenttype', 'time'])(
    'a number or a boolean for %s is refused',
    (name) => {
      expect(refused({ [name]: 1 })).toBe('attribute-invalid');
      expect(refused({ [name]: true })).toBe('attribute-invalid');
    },
  );

  test.each(['0.3', '1', '1.0.2', '2.0', ' 1.0'])(
    'specversion %j is refused, and what to do is said',
    (specversion) => {
      expect(refusal(() => cloudEvent({ ...REQUIRED, specversion }))).toMatchObject({
        code: 'specversion-unsupported',
        path: 'specversion',
        message: expect.stringContaining('send the event as CloudEvents 1.0'),
      });
    },
  );
});

describe('names', () => {
  test.each(['a', '0', '9lives', 'abcdefghijklmnopqrstuvwxyz0123456789', 'validate', 'constructor', 'tostring'])(
    '%s may be an attribute [CloudEvents "Naming Conventions"]',
    (name) => expect(refused({ [name]: 'x' })).toBeUndefined(),
  );

  test.each(['', 'A', 'my-ext', 'my_ext', 'my.ext', 'ä', 'a b', 'a\n', 'data', 'data_base64'])(
    '%j may be none [CloudEvents "Naming Conventions"]',
    (name) => {
      expect(refused({ [name]: 'x' })).toBe('attribute-invalid');
      expect(refused({ [name]: 5 })).toBe('attribute-invalid');
    },
  );

  test('a name that comes twice is refused [CloudEvents "at most once"]', () => {
    const entries = [...Object.entries(REQUIRED), ['id', '2']] as [string, string][];
    expect(refusal(() => cloudEvent(entries))).toMatchObject({ code: 'attribute-duplicate', path: 'id' });
  });
});

describe('values', () => {
  test.each([
    '',
    ' ',
    'a b',
    '"',
    '100%',
    'é',
    '€',
    '😀',
    '\u00a0',
    '\ud7ff',
    '\ue000',
    '\ufdcf',
    '\ufdf0',
    '\ufffd',
    '\u{1fffd}',
    '\u{10fffd}',
  ])('%j is a String [CloudEvents "Type System"]', (value) => expect(refused({ ext: value })).toBeUndefined());

  test.each([
    ['a\u0000', 'a control character'],
    ['\n', 'a control character'],
    ['\u001f', 'a control character'],
    ['\u007f', 'a control character'],
    ['\u0085', 'a control character'],
    ['\u009f', 'a control character'],
    ['\ufdd0', 'a noncharacter'],
    ['\ufdef', 'a noncharacter'],
    ['\ufffe', 'a noncharacter'],
    ['\uffff', 'a noncharacter'],
    ['\u{1fffe}', 'a noncharacter'],
    ['\u{10ffff}', 'a noncharacter'],
    ['\ud800', 'a lone surrogate'],
    ['a\udc00b', 'a lone surrogate'],
    ['\ud83dx', 'a lone surrogate'],
    ['😀\ude00', 'a lone surrogate'],
  ])('%j is no String: it has %s [CloudEvents "Type System"]', (value, fault) => {
    for (const name of ['ext', 'id', 'type', 'subject']) {
      expect(refusal(() => cloudEvent({ ...REQUIRED, [name]: value }))).toMatchObject({
        code: 'attribute-invalid',
        path: name,
        message: expect.stringContaining(fault),
      });
    }
  });

  test.each([0, 1, -1, 2147483647, -2147483648])('%s is an Integer [CloudEvents "Type System"]', (value) =>
    expect(refused({ ext: value })).toBeUndefined(),
  );

  test.each([2147483648, -2147483649, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    '%s is no Integer [CloudEvents "Type System"]',
    (value) => expect(refused({ ext: value })).toBe('attribute-invalid'),
  );

  test('minus zero is zero: there is one canonical form', () => {
    expect(cloudEvent({ ...REQUIRED, ext: -0 }).attributes.get('ext')).toBe(0);
  });

  test.each([
    ['source', '/a b'],
    ['dataschema', '/relative'],
    ['dataschema', 'https://example.com/#fragment'],
    ['time', 'lunchtime'],
    ['datacontenttype', 'xyz'],
  ])('%s %j breaks the rule of its type', (name, value) => {
    expect(refusal(() => cloudEvent({ ...REQUIRED, [name]: value }))).toMatchObject({
      code: 'attribute-invalid',
      path: name,
    });
  });

  test('a value of no type of CloudEvents is refused', () => {
    const values: unknown[] = [null, undefined, {}, [], 5n, () => {}];
    for (const value of values)
      expect(refusal(() => cloudEvent({ ...REQUIRED, ext: value as string }))).toMatchObject({
        code: 'attribute-invalid',
      });
  });

  test('a message is one line, however long or wild the value', () => {
    const wild = refusal(() => cloudEvent({ ...REQUIRED, id: '\n\u0000'.repeat(1000) }));
    expect(wild?.message.length).toBeLessThan(200);
    expect(wild?.message).not.toContain('\n');
  });
});

describe('an event', () => {
  test('keeps attributes in their order and the data it was given', () => {
    const data = bytes('x');
    const event = cloudEvent({ type: 't', source: 's', id: 'i', specversion: '1.0', b: 1, a: false }, data);
    expect([...event.attributes.keys()]).toEqual(['type', 'source', 'id', 'specversion', 'b', 'a']);
    expect(event.data).toBe(data);
  });

  test('without data has no member for them', () => {
    expect('data' in cloudEvent(REQUIRED)).toBe(false);
  });

  test('can be changed: set, replaced in place, taken away; the first one stays as it was', () => {
    const event = cloudEvent({ ...REQUIRED, subject: 'a', ext: 1 }, bytes('x'));
    const changed = withAttributes(event, { subject: undefined, id: '2', more: true, absent: undefined });
    expect([...changed.attributes]).toEqual([
      ['specversion', '1.0'],
      ['id', '2'],
      ['source', '/test'],
      ['type', 'com.example.test'],
      ['ext', 1],
      ['more', true],
    ]);
    expect(changed.data).toBe(event.data);
    expect(plain(event)).toEqual(plain(cloudEvent({ ...REQUIRED, subject: 'a', ext: 1 }, bytes('x'))));
  });

  test('changed stays valid', () => {
    const event = cloudEvent(REQUIRED);
    expect(refusal(() => withAttributes(event, { id: undefined }))).toMatchObject({
      code: 'attribute-missing',
      path: 'id',
    });
    expect(refusal(() => withAttributes(event, { 'my-ext': 'x' }))).toMatchObject({ code: 'attribute-invalid' });
    expect(refusal(() => withAttributes(event, { time: 'noon' }))).toMatchObject({
      code: 'attribute-invalid',
      path: 'time',
    });
  });
});
