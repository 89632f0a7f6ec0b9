import { expect, test } from 'vitest';
import { isTimestamp } from '../../events/timestamp.ts';

test.each([
  '2018-04-05T17:31:00Z',
  '2018-04-05t17:31:00z',
  '2018-04-05T17:31:00.1Z',
  '2018-04-05T17:31:00.000000000123Z',
  '2018-04-05T17:31:00+23:59',
  '2018-04-05T17:31:00-00:00',
  '2024-02-29T00:00:00Z',
  '2000-02-29T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
])('%s is a timestamp [RFC 3339 5.6]', (text) => expect(isTimestamp(text)).toBe(true));

test.each(['2016-12-31T23:59:60Z', '2017-01-01T00:59:60+01:00', '1990-12-31T15:59:60.5-08:00'])(
  '%s is a leap second [RFC 3339 5.7]',
  (text) => expect(isTimestamp(text)).toBe(true),
);

test.each([
  ['', 'nothing'],
  ['lunchtime', 'words'],
  ['2018-04-05', 'a date alone'],
  ['2018-04-05T17:31Z', 'no seconds'],
  ['2018-04-05T17:31:00', 'no offset'],
  ['2018-04-05 17:31:00Z', 'a space for T'],
  ['2018-04-05T17:31:00X', 'an unknown zone'],
  ['2018-04-05T17:31:00+05', 'an offset of hours alone'],
  ['2018-04-05T17:31:00+0500', 'an offset without colon'],
  ['2018-04-05T17:31:00+24:00', 'an offset of a day'],
  ['2018-04-05T17:31:00+05:60', 'an offset of 60 minutes'],
  ['2018-04-05T17:31:00+xx:00', 'an offset that is no number'],
  ['2018-04-05T17:31:00.Z', 'a fraction without digits'],
  ['2018-04-05T17:31:00,5Z', 'a comma'],
  ['2018-04-05T17:31:00ZZ', 'something behind it'],
  ['2018-04-05T17:31:00Z ', 'a space behind it'],
  ['2018-13-05T17:31:00Z', 'month 13'],
  ['2018-00-05T17:31:00Z', 'month 0'],
  ['2018-04-31T17:31:00Z', 'April 31'],
  ['2018-04-00T17:31:00Z', 'day 0'],
  ['2023-02-29T00:00:00Z', 'February 29 in no leap year'],
  ['1900-02-29T00:00:00Z', 'February 29, 1900'],
  ['2018-04-05T24:00:00Z', 'hour 24'],
  ['2018-04-05T17:60:00Z', 'minute 60'],
  ['2018-04-05T17:31:61Z', 'second 61'],
  ['2018-04-05T17:31:60Z', 'second 60 within a day'],
  ['2016-12-31T23:59:60+01:00', 'second 60 not at midnight UTC'],
  ['+018-04-05T17:31:00Z', 'a sign'],
  ['12018-04-05T17:31:00Z', 'five digits of year'],
])('%j is no timestamp: %s [RFC 3339 5.6]', (text) => expect(isTimestamp(text)).toBe(false));
