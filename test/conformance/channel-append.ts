import assert from 'node:assert/strict';
import { attribute } from '../../events/event.ts';
import { covers } from '../../events/interest.ts';
import type { Subscription } from '../../channels/channel.ts';
import type { ChannelCase } from './channel-case.ts';
import type { Trial } from './channel-trial.ts';

const numbers = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

async function reachesEveryone(trial: Trial): Promise<void> {
  const wanted: Record<string, Pick<Subscription, 'wants'> & Partial<Subscription>> = {
    all: { wants: 'everything' },
    nothing: { wants: [] },
    'of-type-a': { wants: [{ type: ['a'] }] },
    'of-type-a-or-b': { wants: [{ type: ['a'] }, { type: ['b'] }] },
    'of-two-types': { wants: [{ type: ['b', 'c'] }] },
    'of-type-and-flag': { wants: [{ type: ['a'], flag: ['true'] }] },
    'of-number': { wants: [{ number: ['5'] }] },
    'fewer-than-covered': { wants: [{ type: ['a'] }], matches: (event) => attribute(event, 'id') === '4' },
  };
  for (const [name, parts] of Object.entries(wanted)) await trial.declare(name, parts);
  const recorders = new Map(Object.keys(wanted).map((name) => [name, trial.record(name)]));
  const entries = [
    ...['a', 'b', 'c', 'a', 'd'].map((type, i) => trial.entry(String(i + 1), { type })),
    trial.entry('6', { type: 'a', attributes: { flag: true } }),
    trial.entry('7', { type: 'a', attributes: { flag: false, number: 5 } }),
    trial.entry('8', { type: 'd', attributes: { number: '5' } }),
  ];
  await trial.append(...entries.slice(0, 3));
  for (const entry of entries.slice(3)) await trial.append(entry);
  await trial.quiet();
  for (const [name, { wants, matches = () => true }] of Object.entries(wanted)) {
    const expected = entries.filter(({ event }) => covers(wants, event) && matches(event));
    assert.deepEqual(
      [...(recorders.get(name)?.ids ?? [])].sort(),
      expected.map(({ event }) => attribute(event, 'id')),
      `what ${name} gets`,
    );
  }
}

async function keepsBeforeFirstConsumer(trial: Trial): Promise<void> {
  await trial.declare('one');
  for (const id of numbers(1, 10)) await trial.append(trial.entry(id));
  await trial.append(...numbers(11, 20).map((id) => trial.entry(id)));
  await trial.quiet();
  const first = trial.record('one');
  await trial.until('what was kept comes', () => first.different === 20);
  await trial.stop(first);
  await trial.append(trial.entry('21'), trial.entry('22'));
  await trial.quiet();
  const second = trial.record('one');
  await trial.until('what came between two consumers comes', () => second.different === 2);
  await trial.quiet();
  assert.deepEqual([...first.ids].sort(), [...numbers(1, 20)].sort());
  assert.deepEqual([...second.ids].sort(), ['21', '22']);
}

async function allOrNone(trial: Trial): Promise<void> {
  await trial.declare('one');
  const one = trial.record('one');
  await trial.append(...numbers(1, 50).map((id) => trial.entry(id)));
  await trial.until('all of a batch come', () => one.different === 50);
  await refusesTooLarge(trial, ['51', '52', 'large']);
  await trial.quiet();
  assert.equal(one.seen.length, 50, 'nothing of a refused batch is stored');
  // Killed at several instants of an append: what is there afterwards?
  for (const turns of [0, 1, 2, 3]) {
    const ids = numbers(1, 300).map((n) => `crash-${turns}-${n}`);
    trial.channel.append(ids.map((id) => trial.entry(id))).catch(() => undefined);
    for (let i = 0; i < turns; i += 1) await trial.world.turn();
    if (!(await trial.restart('crash'))) return;
    const after = trial.record('one');
    await trial.quiet();
    const come = (): number => ids.filter((id) => after.times(id) + one.times(id) > 0).length;
    if (trial.features.atomicAppend && come() > 0) {
      await trial.until('the rest of a batch of 300 comes after a crash', () => come() === 300);
    }
    await trial.stop(after);
  }
}

async function refusesTooLarge(trial: Trial, ids: readonly string[]): Promise<void> {
  const data = new Uint8Array(trial.features.eventBytesMax + 1);
  const entries = ids.map((id) => trial.entry(id, id === 'large' ? { data } : {}));
  await trial.refuses(trial.channel.append(entries), 'event-too-large');
}

async function rejectedLeavesNothing(trial: Trial): Promise<void> {
  await trial.declare('one');
  const one = trial.record('one');
  for (const ids of [['large'], ['large', '1', '2'], ['3', 'large', '4'], ['5', '6', 'large']]) {
    await refusesTooLarge(trial, ids);
  }
  await trial.quiet();
  assert.deepEqual(one.ids, []);
  await trial.append(trial.entry('7', { data: new Uint8Array(512 * 1024) }));
  await trial.until('a good append after bad ones comes', () => one.times('7') === 1);
  if (trial.features.startAt) {
    await trial.declare('later', { start: 'earliest' });
    const later = trial.record('later');
    await trial.until('what is retained comes', () => later.times('7') === 1);
    await trial.quiet();
    assert.deepEqual(later.ids, ['7']);
  }
  assert.deepEqual(one.ids, ['7']);
}

/** What `append` promises. */
export const appendCases: readonly ChannelCase[] = [
  { name: 'an appended event reaches every subscription that wants it', run: reachesEveryone },
  { name: 'a declared subscription keeps what comes before its first consumer', run: keepsBeforeFirstConsumer },
  { name: 'append of many is all or none (or says it is not)', run: allOrNone },
  { name: 'a rejected append left nothing', run: rejectedLeavesNothing },
];
