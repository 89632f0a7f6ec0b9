import { Cron } from 'croner';
import { describe, expect, test } from 'vitest';
import { checkSchedule, DESCRIPTORS } from '../../crds/schedule.ts';

const GOOD = [
  '* * * * *',
  '*/5 * * * * *',
  '0 9-17 * * mon-fri',
  '0 0 1 1 *',
  '0,30 * ? * *',
  '1-10/3 0 * JAN,DEC 7',
  '0 0 29 2 *',
];

describe('a schedule', () => {
  test.each([...GOOD, ...Object.keys(DESCRIPTORS), ' @Daily '])('%s is accepted', (schedule) => {
    expect(checkSchedule(schedule)).toBeUndefined();
  });

  test.each(GOOD)('%s is one to what runs it, too', (schedule) => {
    expect(new Cron(schedule).nextRun()).not.toBeNull();
  });

  test.each([
    ['', 'is empty'],
    ['* * * *', 'has 4 fields'],
    ['* * * * * * *', 'has 7 fields'],
    ['60 * * * *', 'has "60" as minute'],
    ['60 * * * * *', 'has "60" as second'],
    ['* 24 * * *', 'has "24" as hour'],
    ['* * 0 * *', 'has "0" as day of month'],
    ['* * * 13 *', 'has "13" as month'],
    ['* * * * 8', 'has "8" as day of week'],
    ['* * * * funday', 'has "funday" as day of week'],
    ['5-1 * * * *', 'has "5-1" as minute'],
    ['*/0 * * * *', 'has "*/0" as minute'],
    ['1, * * * *', 'has "" as minute'],
    ['1-2-3 * * * *', 'has "1-2-3" as minute'],
    ['-1 * * * *', 'has "-1" as minute'],
    ['TZ=UTC * * * * *', 'names a time zone'],
    ['@every 5s', 'is @every'],
    ['@reboot', 'is "@reboot"'],
    ['@toString', 'is "@toString"'],
  ])('%s is refused', (schedule, found) => {
    expect(checkSchedule(schedule)?.found).toBe(found);
  });
});
