const SEQUENCE_MAX = 2n ** 64n - 1n;

/** The id of an entry of a stream, `<ms>-<sequence>`, both of 64 bits. */
type Id = readonly [ms: bigint, sequence: bigint];

/** Whether entry `a` lies before entry `b` in their stream. */
export function liesBefore(a: string, b: string): boolean {
  const [one, other] = [parsed(a), parsed(b)];
  return one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);
}

/** The highest id below `id`: a group that is created there gets `id` first. `0-0` has none, and stays. */
export function justBelow(id: string): string {
  const [ms, sequence] = parsed(id);
  if (sequence > 0n) return `${ms}-${sequence - 1n}`;
  return ms > 0n ? `${ms - 1n}-${SEQUENCE_MAX}` : '0-0';
}

/** Whether `text` is an id. */
export function isEntryId(text: string): boolean {
  return /^\d{1,20}-\d{1,20}$/.test(text);
}

function parsed(id: string): Id {
  const [ms = '0', sequence = '0'] = id.split('-');
  return [BigInt(ms), BigInt(sequence)];
}
