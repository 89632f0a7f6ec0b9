const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const LAST_MINUTE = 23 * 60 + 59;

/**
 * Whether `text` is a timestamp that names a real instant: date, `T`, time to the second, any digits of a fraction, `Z` or an offset; `T` and `Z` in either case. Second 60 is taken
 * in the last minute of a day in UTC, where leap seconds are; whether there was one that day is not looked up. [RFC 3339 5.6, 5.7]
 */
export function isTimestamp(text: string): boolean {
  const length = text.length;
  if (length < 20 || !separated(text)) return false;
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (twoDigits(text, 0) < 0 || twoDigits(text, 2) < 0) return false;
  if (month < 1 || month > 12 || day < 1 || day > daysOf(text, month)) return false;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return false;
  const offset = offsetMinutes(text, afterFraction(text));
  if (offset === undefined) return false;
  return second < 60 || (hour * 60 + minute - offset + 2880) % 1440 === LAST_MINUTE;
}

function separated(text: string): boolean {
  const t = text.charCodeAt(10);
  return (
    text.charCodeAt(4) === 0x2d &&
    text.charCodeAt(7) === 0x2d &&
    (t === 0x54 || t === 0x74) &&
    text.charCodeAt(13) === 0x3a &&
    text.charCodeAt(16) === 0x3a
  );
}

function daysOf(text: string, month: number): number {
  if (month !== 2) return DAYS[month - 1] ?? 0;
  const century = twoDigits(text, 0);
  const year = twoDigits(text, 2);
  return (year === 0 ? century : year) % 4 === 0 ? 29 : 28;
}

/** Where the offset begins: after the seconds and, if there is one, a fraction of at least one digit (otherwise beyond any offset). */
function afterFraction(text: string): number {
  if (text.charCodeAt(19) !== 0x2e) return 19;
  let at = 20;
  while (isDigit(text.charCodeAt(at))) at++;
  return at === 20 ? text.length : at;
}

/** Minutes east of UTC, or undefined if what is left is no offset. */
function offsetMinutes(text: string, at: number): number | undefined {
  const sign = text.charCodeAt(at);
  if (sign === 0x5a || sign === 0x7a) return text.length === at + 1 ? 0 : undefined;
  if ((sign !== 0x2b && sign !== 0x2d) || text.length !== at + 6 || text.charCodeAt(at + 3) !== 0x3a) return undefined;
  const hours = twoDigits(text, at + 1);
  const minutes = twoDigits(text, at + 4);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return undefined;
  return (sign === 0x2b ? 1 : -1) * (hours * 60 + minutes);
}

/** The number at `at`, or -1 if there are no two digits. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30;
  const ones = text.charCodeAt(at + 1) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
