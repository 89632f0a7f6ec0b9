import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { errorText, redact } from '../../sources/redact.ts';

test('every secret is taken out, the longer of two that overlap first', () => {
  expect(redact('a token abc and abcdef', ['abc', 'abcdef'])).toBe('a token [redacted] and [redacted]');
});

test('an empty secret takes nothing out', () => {
  expect(redact('fine', [''])).toBe('fine');
});

test('a secret is found in the forms JSON and URLs give it', () => {
  const secret = 'p"ä/ s';
  expect(redact(`${JSON.stringify({ secret })} ?k=${encodeURIComponent(secret)}`, [secret])).toBe(
    '{"secret":"[redacted]"} ?k=[redacted]',
  );
});

test('the text stays on one line and within 500 characters', () => {
  const text = redact(`a\r\n\u0000b${'x'.repeat(1000)}`, []);
  expect(text).toMatch(/^a b/);
  expect(text).toHaveLength(500);
});

test('what is thrown may be anything', () => {
  expect(errorText('text', [])).toBe('text');
  expect(errorText(undefined, [])).toBe('undefined');
});

test('no secret survives, wherever it stands', () => {
  fc.assert(
    fc.property(fc.string(), fc.stringMatching(/^[A-Za-z0-9]{8,40}$/), fc.string(), (before, secret, after) => {
      fc.pre(!'[redacted]'.includes(secret));
      expect(redact(before + secret + after, [secret])).not.toContain(secret);
    }),
  );
});
