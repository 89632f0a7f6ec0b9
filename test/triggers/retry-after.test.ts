import { expect, test } from 'vitest';
import { retryAfterMs } from '../../triggers/retry-after.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

test.each([
  ['seconds', '120', 120_000],
  ['no wait', '0', 0],
  ['spaces around', ' 5 ', 5000],
  ['an HTTP date', 'Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
  ['an HTTP date that has passed', 'Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ['the form of RFC 850', 'Sunday, 01-Mar-26 12:00:10 GMT', 10_000],
  ['the form of asctime', 'Sun Mar  1 12:00:20 2026', 20_000],
  ['a negative number', '-5', undefined],
  ['a fraction', '1.5', undefined],
  ['a word', 'soon', undefined],
  ['an empty value', '', undefined],
  ['a date that is no HTTP date', '2026-03-01T12:00:30Z', undefined],
  ['a number without end', '9'.repeat(400), undefined],
])('%s [RFC 9110, 10.2.3]', (_, value, expected) => {
  expect(retryAfterMs(503, value, NOW)).toBe(expected);
});

test('only 429 and 503 carry it', () => {
  expect([429, 503].map((status) => retryAfterMs(status, '1', NOW))).toEqual([1000, 1000]);
  expect([200, 301, 404, 408, 500, 502, 504].map((status) => retryAfterMs(status, '1', NOW))).toEqual(
    Array.from({ length: 7 }),
  );
});

test('without the header there is no wait', () => {
  expect(retryAfterMs(503, undefined, NOW)).toBeUndefined();
});
