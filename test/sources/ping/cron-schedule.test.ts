import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkSchedule, DESCRIPTORS } from '../../../crds/schedule.ts';
import { cronSchedule, ticksBetween } from '../../../sources/ping/cron-schedule.ts';

interface Asked {
  readonly zone?: string;
  readonly from?: string;
  readonly count?: number;
}

function ticks(schedule: string, { zone, from = '2026-01-01T00:00:00Z', count = 1 }: Asked = {}): string[] {
  const cron = cronSchedule(schedule, zone);
  const found: string[] = [];
  for (let at = cron.next(Date.parse(from)); at !== undefined && found.length < count; at = cron.next(at))
    found.push(new Date(at).toISOString().slice(0, 19));
  return found;
}

describe('what is read', () => {
  test('five fields: every minute, seconds zero', () => {
    expect(ticks('* * * * *', { count: 2 })).toEqual(['2026-01-01T00:01:00', '2026-01-01T00:02:00']);
  });

  test('six fields: the first is seconds', () => {
    expect(ticks('*/20 * * * * *', { count: 3 })).toEqual([
      '2026-01-01T00:00:20',
      '2026-01-01T00:00:40',
      '2026-01-01T00:01:00',
    ]);
  });

  test.each([
    ['@hourly', '2026-01-01T01:00:00'],
    ['@daily', '2026-01-02T00:00:00'],
    ['@midnight', '2026-01-02T00:00:00'],
    ['@weekly', '2026-01-04T00:00:00'],
    ['@monthly', '2026-02-01T00:00:00'],
    ['@yearly', '2027-01-01T00:00:00'],
    ['@annually', '2027-01-01T00:00:00'],
  ])('the descriptor %s', (schedule, next) => {
    expect(ticks(schedule)).toEqual([next]);
  });

  test('without a time zone it is UTC, whatever the machine thinks', () => {
    expect(ticks('0 9 * * *', { from: '2026-07-01T00:00:00Z' })).toEqual(['2026-07-01T09:00:00']);
  });

  test('a time zone counts, in summer as in winter', () => {
    expect(ticks('0 9 * * *', { zone: 'America/New_York', from: '2026-07-01T00:00:00Z' })).toEqual([
      '2026-07-01T13:00:00',
    ]);
    expect(ticks('0 9 * * *', { zone: 'America/New_York', from: '2026-12-01T00:00:00Z' })).toEqual([
      '2026-12-01T14:00:00',
    ]);
  });

  test('a tick is never at the instant asked from', () => {
    expect(ticks('* * * * * *', { from: '2026-01-01T00:00:00.000Z' })).toEqual(['2026-01-01T00:00:01']);
    expect(ticks('* * * * * *', { from: '2026-01-01T00:00:00.999Z' })).toEqual(['2026-01-01T00:00:01']);
  });

  test('a day that never comes has no tick', () => {
    expect(cronSchedule('0 0 30 2 *').next(Date.parse('2026-01-01T00:00:00Z'))).toBeUndefined();
  });
});

describe('where the clocks change (Berlin: 29 March and 25 October 2026)', () => {
  test('a fixed time in the gap ticks when the clock has jumped', () => {
    expect(ticks('30 2 * * *', { zone: 'Europe/Berlin', from: '2026-03-28T12:00:00Z', count: 2 })).toEqual([
      '2026-03-29T01:00:00',
      '2026-03-30T00:30:00',
    ]);
  });

  test('a fixed time in the overlap ticks once, in the first pass', () => {
    expect(ticks('30 2 * * *', { zone: 'Europe/Berlin', from: '2026-10-24T12:00:00Z', count: 2 })).toEqual([
      '2026-10-25T00:30:00',
      '2026-10-26T01:30:00',
    ]);
  });

  test('a step ticks in neither more nor less than the half hours there are', () => {
    expect(ticks('*/30 * * * *', { zone: 'Europe/Berlin', from: '2026-03-29T00:15:00Z', count: 3 })).toEqual([
      '2026-03-29T00:30:00',
      '2026-03-29T01:00:00',
      '2026-03-29T01:30:00',
    ]);
    expect(ticks('*/30 * * * *', { zone: 'Europe/Berlin', from: '2026-10-25T00:15:00Z', count: 4 })).toEqual([
      '2026-10-25T00:30:00',
      '2026-10-25T01:00:00',
      '2026-10-25T01:30:00',
      '2026-10-25T02:00:00',
    ]);
  });
});

describe('what is refused, with the path', () => {
  test.each(['@every 1h', '@reboot', '* * * *', '* * * * * * *', '61 * * * *', 'soon', '', '2030-01-01T00:00:00'])(
    '%j',
    (schedule) => {
      expect(() => cronSchedule(schedule)).toThrow(
        expect.objectContaining({
          code: 'resource-invalid',
          path: 'spec.schedule',
          message: expect.stringMatching(/^spec\.schedule: .*; use five fields/),
        }),
      );
    },
  );

  test('a time zone that does not exist', () => {
    expect(() => cronSchedule('* * * * *', 'Mars/Olympus')).toThrow(
      expect.objectContaining({ code: 'resource-invalid', message: expect.stringContaining('"Mars/Olympus"') }),
    );
  });
});

test('ticks are counted from after the start up to and with the end, and no further than the limit', () => {
  const minutes = cronSchedule('* * * * *');
  const span = { afterMs: Date.parse('2026-01-01T00:00:00Z'), untilMs: Date.parse('2026-01-01T00:05:00Z') };
  expect(ticksBetween(minutes, span, 100)).toBe(5);
  expect(ticksBetween(minutes, span, 3)).toBe(3);
  expect(ticksBetween(minutes, { ...span, untilMs: span.afterMs }, 100)).toBe(0);
});

test('a value with a step begins there [robfig/cron N/step]', () => {
  expect(ticks('5/20 * * * *', { count: 4 })).toEqual([
    '2026-01-01T00:05:00',
    '2026-01-01T00:25:00',
    '2026-01-01T00:45:00',
    '2026-01-01T01:05:00',
  ]);
});

test('every schedule that the schema accepts is one that runs', () => {
  const value = (min: number, max: number) => fc.integer({ min, max }).map(String);
  const item = (min: number, max: number) => {
    const range = fc
      .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
      .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
    const whole = fc.oneof(fc.constant('*'), value(min, max), range);
    return fc.oneof(
      whole,
      fc.tuple(whole, fc.integer({ min: 1, max: max })).map(([of, step]) => `${of}/${step}`),
    );
  };
  const field = (min: number, max: number) =>
    fc.array(item(min, max), { minLength: 1, maxLength: 3 }).map((items) => items.join(','));
  const fields = fc.tuple(field(0, 59), field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7));
  fc.assert(
    fc.property(fields, fc.boolean(), (parts, seconds) => {
      const schedule = parts.slice(seconds ? 0 : 1).join(' ');
      fc.pre(checkSchedule(schedule) === undefined);
      expect(() => cronSchedule(schedule)).not.toThrow();
    }),
    { numRuns: 300 },
  );
});

test.each([...Object.keys(DESCRIPTORS), '@HOURLY', ' @daily ', ' */5  * * * * '])(
  'the schema accepts %j, and it runs',
  (schedule) => {
    expect(checkSchedule(schedule)).toBeUndefined();
    expect(cronSchedule(schedule).next(0)).toBeGreaterThan(0);
  },
);
