/** What is wrong with a schedule, as the end of a sentence that begins with its path; undefined if nothing is. */
export interface ScheduleFinding {
  readonly found: string;
  readonly allowed: string;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const SECOND: Field = { name: 'second', min: 0, max: 59 };
const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of week', min: 0, max: 7, names: DAYS },
];

/** The descriptors that stand for a schedule. [robfig/cron, which Knative uses] */
export const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** Checks a cron schedule: five fields, six with seconds in front, or a descriptor. Pure; when it fires is the business of who runs it. [Knative PingSource] */
export function checkSchedule(schedule: string): ScheduleFinding | undefined {
  const text = schedule.trim();
  if (text === '') return { found: 'is empty', allowed: 'write a cron schedule such as "*/5 * * * *"' };
  if (text.startsWith('@')) return checkDescriptor(text);
  if (/^(CRON_)?TZ=/.test(text)) return { found: 'names a time zone', allowed: 'write it in spec.timezone' };
  const parts = text.split(/\s+/);
  if (parts.length !== 5 && parts.length !== 6)
    return {
      found: `has ${parts.length} fields`,
      allowed: 'write five (minute, hour, day of month, month, day of week), or six with seconds in front',
    };
  const fields = parts.length === 6 ? [SECOND, ...FIELDS] : FIELDS;
  for (const [i, field] of fields.entries()) {
    const bad = (parts[i] ?? '').split(',').find((item) => !fits(item, field));
    if (bad !== undefined)
      return {
        found: `has ${JSON.stringify(bad.slice(0, 20))} as ${field.name}`,
        allowed: `write ${field.min} to ${field.max}${field.names ? `, ${field.names[0]} to ${field.names.at(-1)}` : ''}, *, ranges (1-5), lists (1,2) and steps (*/5)`,
      };
  }
  return undefined;
}

function checkDescriptor(text: string): ScheduleFinding | undefined {
  if (text.toLowerCase() in DESCRIPTORS) return undefined;
  if (text.toLowerCase().startsWith('@every'))
    return { found: 'is @every', allowed: 'it has no fixed times; write a cron schedule such as "*/30 * * * * *"' };
  return {
    found: `is ${JSON.stringify(text.slice(0, 20))}`,
    allowed: `write one of ${Object.keys(DESCRIPTORS).join(', ')}`,
  };
}

// One item of a list: `*`, `?`, a value, a range, each with an optional step.
function fits(item: string, field: Field): boolean {
  const [range = '', step, ...more] = item.split('/');
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d{0,2}$/.test(step))) return false;
  if (range === '*' || (range === '?' && field.name.startsWith('day'))) return true;
  const ends = range.split('-').map((end) => valueOf(end, field));
  const [from, to = from] = ends;
  return ends.length <= 2 && from !== undefined && to !== undefined && from <= to;
}

function valueOf(text: string, field: Field): number | undefined {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return named + (field.min === 0 ? 0 : 1);
  const value = /^\d{1,2}$/.test(text) ? Number(text) : -1;
  return value >= field.min && value <= field.max ? value : undefined;
}
