import { expect, test } from 'vitest';
import type { Entry } from '../../events/entry.ts';
import { SETTINGS, open } from '../../channels/log/state.ts';
import { step } from '../../channels/log/step.ts';
import type { Input } from '../../channels/log/turn.ts';
import { FakeDisk } from '../sim/fake-disk.ts';

const ENTRY: Entry = { event: { attributes: new Map([['id', 'e']]) }, hops: 1, receivedAtMs: 0 };

test('what a row needs is copied before the log is trimmed, however many redriven dead letters share its position', () => {
  const disk = new FakeDisk();
  disk.entries.push(ENTRY, ENTRY);
  disk.watermark = 2;
  const names = Array.from({ length: 40 }, (_, i) => `sub-${String(i).padStart(2, '0')}`);
  for (const name of names) {
    disk.declare({ name, generation: 1, wants: 'everything', filter: '', start: 'earliest', order: 'none' });
    const kept = name !== names.at(-1);
    disk.write([
      { kind: 'row', row: { subscription: name, position: 0, generation: 1, ...(kept && { kept }) } },
      { kind: 'position', subscription: name },
    ]);
  }
  const state = open(disk.recover([]), { settings: SETTINGS, budget: { used: 0, max: 1e9 }, nowMs: 0 });
  const inputs: Input[] = [{ kind: 'expired', before: 2 }];
  for (const input of inputs)
    for (const effect of step(state, input, 0)) {
      if (effect.kind === 'write') disk.write(effect.changes);
      if (effect.kind === 'trim-rows') {
        const { from, before, limit } = effect;
        inputs.push({
          kind: 'trim-rows',
          rows: disk.rows({ by: 'position', subscription: '*', from, before }, limit),
          limit,
        });
      }
      if (effect.kind === 'trim-fetch')
        inputs.push({ kind: 'trim-fetched', position: effect.position, entry: disk.entries[effect.position] });
      if (effect.kind === 'write') inputs.push({ kind: 'written' });
    }
  expect(disk.start).toBe(2);
  expect([...disk.kept.keys()]).toContain('*/0');
});
