import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeHeaderValue, encodeHeaderValue } from '../../../events/http/header-value.ts';
import { refusal } from '../refusal.ts';

function decode(value: string): string {
  return decodeHeaderValue('subject', value);
}

/** As node:http hands over the UTF-8 bytes of `text`. */
function wire(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

describe('encoding', () => {
  test.each([
    ['plain!#$&~', 'plain!#$&~'],
    ['', ''],
    ['Euro € 😀', 'Euro%20%E2%82%AC%20%F0%9F%98%80'],
    ['a "b"', 'a%20%22b%22'],
    ['100%', '100%25'],
    ['%20', '%2520'],
    ['\u007f\u00a0', '%7F%C2%A0'],
    ['+', '+'],
  ])('%j travels as %s [HTTP binding 3.1.3.2]', (text, value) => expect(encodeHeaderValue(text)).toBe(value));

  test('what is encoded is printable ASCII and decodes to what it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const value = encodeHeaderValue(text);
        expect(value).toMatch(/^[!-~]*$/);
        expect(value).not.toMatch(/"|%(?![\dA-F]{2})/);
        expect(decode(value)).toBe(text);
      }),
    );
  });
});

describe('decoding', () => {
  test.each([
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['%e2%82%ac', '€'],
    ['%41%62c', 'Abc'],
    ['%2520', '%20'],
    ['a+b', 'a+b'],
    ['a (b)', 'a (b)'],
    ['"a b"', 'a b'],
    ['"a\\"b\\\\c"', 'a"b\\c'],
    ['"%20"', ' '],
    ['"\\%20"', ' '],
    ['""', ''],
    ['', ''],
  ])('%s is %j [HTTP binding 3.1.3.2]', (value, text) => expect(decode(value)).toBe(text));

  test.each(['%C0%A0', '%ED%A0%80', '%F5%80%80%80', '%E2%82', '%80', 'caf%E9', '"%ff"'])(
    '%s is refused: it is not UTF-8 [HTTP binding 3.1.3.2]',
    (value) => expect(refusal(() => decode(value))).toMatchObject({ code: 'attribute-invalid', path: 'subject' }),
  );
});

describe('values of senders that do not encode', () => {
  test.each([
    ['100%', '100%'],
    ['100%zz', '100%zz'],
    ['%', '%'],
    ['50%, then %20', '50%, then %20'],
  ])('%s stands as it is: a sender that encodes writes no such %%', (value, text) => expect(decode(value)).toBe(text));

  test.each([
    ['say "hi"', 'say "hi"'],
    ['"a" and "b"', '"a" and "b"'],
    ['"open', '"open'],
    ['"', '"'],
    ['"a\\"', '"a\\"'],
  ])('the quotes of %s do not enclose it, so they are part of it', (value, text) => expect(decode(value)).toBe(text));

  test('bytes above 0x7F are read as UTF-8, also between triplets', () => {
    expect(decode(wire('Grüße, 世界 😀'))).toBe('Grüße, 世界 😀');
    expect(decode(wire('é%20é'))).toBe('é é');
    expect(decode(wire('é 100%'))).toBe('é 100%');
  });

  test('bytes above 0x7F that are no UTF-8 are refused: no other encoding is guessed', () => {
    expect(refusal(() => decode('caf\u00e9'))).toMatchObject({ code: 'attribute-invalid' });
  });

  test('characters that are no bytes are characters', () => {
    expect(decode('€%20ä')).toBe('€ ä');
  });
});
