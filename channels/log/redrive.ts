import { keyOf } from './lines.ts';
import type { Change, Row, StoredLetter } from './log.ts';
import type { Sub } from './state.ts';

/** Dead letters of one subscription as rows on copies of their entries, and what one write must say for that. */
export function redriveOf(
  sub: Sub,
  letters: readonly StoredLetter[],
): { readonly rows: readonly Row[]; readonly changes: readonly Change[] } {
  const { name, stored } = sub;
  const rows = letters.map(({ letter, position }): Row => {
    const key = keyOf(sub, letter.entry);
    const row = { subscription: name, position, generation: stored.generation, kept: true } as const;
    return key === undefined ? row : { ...row, key };
  });
  const copies = letters.map(({ letter, position }): Change => ({
    kind: 'keep',
    subscription: name,
    position,
    entry: letter.entry,
  }));
  const discard: Change = { kind: 'discard', subscription: name, ids: letters.map(({ letter }) => letter.id) };
  return { rows, changes: [...copies, ...rows.map((row): Change => ({ kind: 'row', row })), discard] };
}
