import { describe, expect, test } from 'vitest';
import { documentsIn } from '../../../resources/files/documents.ts';

const broken = (text: string): readonly (string | undefined)[] => documentsIn(text).map((document) => document.broken);

describe('the documents of a text', () => {
  test('are those that hold something', () => {
    const text = '# only a comment\n---\na: 1\n---\n---\nb: 2\n...\n';
    expect(documentsIn(text).map(({ value, line }) => [value, line])).toEqual([
      [{ a: 1 }, 3],
      [{ b: 2 }, 6],
    ]);
  });

  test.each(['', '\n\n', '---\n', '# nothing', '\uFEFF'])('%j holds none', (text) => {
    expect(documentsIn(text)).toEqual([]);
  });

  test('know the line of each field, and of what is around one that is missing', () => {
    const [document] = documentsIn(
      'spec:\n  filters:\n    - exact:\n        type: a\n    - {prefix: {source: b},\n       not: 1}\n',
    );
    const lines = [
      ['spec'],
      ['spec', 'filters', 0, 'exact', 'type'],
      ['spec', 'filters', 1, 'not'],
      ['spec', 'filters', 0, 'exact', 'gone', 'too'],
      ['nowhere'],
    ];
    expect(lines.map((steps) => document?.lineOf(steps))).toEqual([1, 4, 6, 3, 1]);
  });

  test('find a field behind an alias', () => {
    const [document] = documentsIn('a: &x\n  b: 1\nc: *x\n');
    expect(document?.value).toEqual({ a: { b: 1 }, c: { b: 1 } });
    expect(document?.lineOf(['c', 'b'])).toBe(2);
  });
});

describe('hostile YAML is refused with a message', () => {
  test('a bomb of aliases', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`);
    const bomb = ['l0: &l0 [x]', ...levels].join('\n');
    expect(broken(bomb)).toEqual(['follows aliases more than 100 times']);
  });

  test.each(['a: !!js/function "x"', 'a: !include /etc/passwd', '!!set {a, b}', 'a: !!binary aGk='])(
    'a tag: %s',
    (text) => {
      expect(broken(text)).toEqual(['has a tag (!...); write plain values']);
    },
  );

  test('depth without end', () => {
    expect(broken('['.repeat(20_000))[0]).toBe('nests too deeply');
    expect(broken(`${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`)[0]).toBe('nests too deeply');
  });

  test('many keys take no time that grows with their square', () => {
    const [document] = documentsIn(Array.from({ length: 20_000 }, (_, i) => `k${i}: x\n`).join(''));
    expect(document?.broken).toBeUndefined();
  });

  test('a key twice', () => {
    expect(broken('a: 1\nb: 2\na: 3\n')).toEqual(['has a key twice']);
  });

  test('a key __proto__ changes no prototype', () => {
    const [document] = documentsIn('{"__proto__": {"polluted": true}}');
    expect(document?.value).toSatisfy((value: object) => Object.hasOwn(value, '__proto__') && !('polluted' in value));
  });

  test.each(['a: "S3NTINEL', 'a: b: S3NTINEL', 'S3NTINEL: *S3NTINEL', '\tS3NTINEL: [', 'a: "x" S3NTINEL'])(
    'and no message repeats what stands there: %j',
    (text) => {
      const messages = broken(text);
      expect(messages.some((message) => message !== undefined)).toBe(true);
      expect(messages.join()).not.toContain('S3NTINEL');
    },
  );
});
