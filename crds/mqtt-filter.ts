import type { Finding } from './refusal.ts';

const BYTES_MAX = 65_535;

/** What is wrong with a topic filter, maybe a shared one (`$share/group/filter`); undefined: nothing. [MQTT 5 4.7, 4.8.2] */
export function filterFault(text: string): Finding | undefined {
  const allowed = 'write a topic such as sensors/kitchen, with + for one level and # for all that follow';
  if (text === '') return { found: 'is empty', allowed };
  if (Buffer.byteLength(text) > BYTES_MAX) return { found: 'is too long', allowed: `write at most ${BYTES_MAX} bytes` };
  if (/\p{Cc}/u.test(text) || !text.isWellFormed()) return { found: 'holds a control character', allowed };
  const [share, group, ...rest] = text.split('/');
  if (share !== '$share') return wildcardFault(text.split('/'));
  if (group === undefined || group === '' || /[+#]/.test(group) || rest.join('/') === '')
    return { found: 'shares nothing', allowed: 'write $share/<group>/<filter>, without + and # in the group' };
  return wildcardFault(rest);
}

/** Whether several clients share what the filter lets pass. */
export function isShared(filter: string): boolean {
  return filter.startsWith('$share/');
}

function wildcardFault(levels: readonly string[]): Finding | undefined {
  for (const [i, level] of levels.entries()) {
    if (level.includes('#') && (level !== '#' || i !== levels.length - 1))
      return { found: 'has a # that is not its last level', allowed: 'write # alone, at the end: sensors/#' };
    if (level.includes('+') && level !== '+')
      return { found: 'has a + beside other characters', allowed: 'write + alone between slashes: sensors/+/state' };
  }
  return undefined;
}
