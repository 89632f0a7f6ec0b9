import { expect, test } from 'vitest';
import { SETTINGS, open } from '../../channels/log/state.ts';
import { step } from '../../channels/log/step.ts';
import type { Input } from '../../channels/log/turn.ts';
import { FakeDisk } from '../sim/fake-disk.ts';
import { keyedEntry } from './keyed-entry.ts';

const STORED = {
  name: 'one',
  generation: 1,
  wants: 'everything',
  filter: '',
  start: 'earliest',
  order: { by: 'partitionkey' },
} as const;

test('a dead letter that is redriven while its event is evaluated again after a crash holds up none of its key', () => {
  const disk = new FakeDisk();
  disk.entries.push(keyedEntry('1'), keyedEntry('2'), keyedEntry('3'));
  // After a crash the first is evaluated again though it rests: its letter was durable, the position below it.
  disk.declare(STORED);
  const state = open(disk.recover([]), { settings: SETTINGS, budget: { used: 0, max: 1e9 }, nowMs: 0 });
  const delivered: unknown[] = [];
  const inputs: Input[] = [];
  let nowMs = 0;
  const run = (input: Input): void => {
    inputs.push(input);
    for (let next = inputs.shift(); next; next = inputs.shift()) {
      for (const effect of step(state, next, nowMs)) {
        if (effect.kind === 'write') {
          disk.write(effect.changes);
          inputs.push({ kind: 'written' });
        } else if (effect.kind === 'read') {
          const slice = disk.read(effect.from, effect.max);
          if (slice) inputs.push({ kind: 'slice', scan: effect.scan, slice });
        } else if (effect.kind === 'rows') inputs.push({ ...effect, rows: disk.rows(effect.query, effect.limit) });
        else if (effect.kind === 'fetch')
          inputs.push({ ...effect, kind: 'fetched', entry: disk.entries[effect.item.position] });
        else if (effect.kind === 'deliver') {
          delivered.push(effect.item.entry?.event.attributes.get('id'));
          flying.push(() => run({ kind: 'verdict', sub: effect.sub, item: effect.item, verdict: { kind: 'done' } }));
        }
      }
    }
  };
  const flying: (() => void)[] = [];
  const [recovered] = disk.recover(['one']).subscriptions;
  if (recovered) run({ kind: 'learned', stored: STORED, recovered });
  run({ kind: 'attached', subscription: { ...STORED, matches: () => true, inFlight: 4 } });
  run({ kind: 'consumers', name: 'one', count: 1 });
  nowMs = 300;
  run({ kind: 'tick' });
  expect(delivered).toEqual(['1']);
  const row = { subscription: 'one', position: 0, generation: 1, key: 'k', kept: true } as const;
  disk.write([{ kind: 'row', row }]);
  run({ kind: 'redriven', name: 'one', rows: [row] });
  for (let i = 0; i < 10; i += 1) {
    for (const answer of flying.splice(0)) answer();
    nowMs += 1000;
    run({ kind: 'tick' });
  }
  expect(new Set(delivered)).toEqual(new Set(['1', '2', '3']));
  expect(disk.subs.get('one')?.rows.size).toBe(0);
});
