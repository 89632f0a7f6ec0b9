import assert from 'node:assert/strict';
import type { Start } from '../../events/start.ts';
import { deadLetters } from '../../channels/abilities.ts';
import type { ChannelCase } from './channel-case.ts';
import { bury, wait } from './channel-progress.ts';
import { done } from './channel-recorder.ts';
import type { Trial } from './channel-trial.ts';

const SECOND_MS = 1000;

async function startsWhereItSays(trial: Trial): Promise<void> {
  const firstMs = trial.world.now() - 10 * SECOND_MS;
  const time = (ms: number): Start => ({ time: new Date(ms).toISOString() });
  const starts: readonly { readonly name: string; readonly start: Start; readonly first: number }[] = [
    { name: 'earliest', start: 'earliest', first: 1 },
    { name: 'at-the-time-of-3', start: time(firstMs + 3 * SECOND_MS), first: 3 },
    { name: 'between-3-and-4', start: time(firstMs + 3 * SECOND_MS + 1), first: 4 },
    { name: 'long-ago', start: time(firstMs - SECOND_MS), first: 1 },
    { name: 'with-id-4', start: { id: '4' }, first: 4 },
    { name: 'with-id-and-source', start: { id: '5', source: '/suite' }, first: 5 },
    { name: 'latest', start: 'latest', first: 7 },
  ];
  for (let i = 1; i <= 6; i += 1) await trial.append(trial.entry(String(i), { receivedAtMs: firstMs + i * SECOND_MS }));
  await trial.grace();
  for (const { name, start } of starts) {
    if (trial.features.startAt || start === 'latest') await trial.declare(name, { start });
    else await trial.refuses(trial.declare(name, { start }), 'start-unavailable');
  }
  await trial.append(trial.entry('7'), trial.entry('8'));
  const declared = starts.filter(({ start }) => trial.features.startAt || start === 'latest');
  const recorders = declared.map(({ name, first }) => ({ name, first, recorder: trial.record(name) }));
  const expected = (first: number): readonly string[] => Array.from({ length: 9 - first }, (_, i) => String(first + i));
  for (const { name, first, recorder } of recorders) {
    await trial.until(`${name} gets its events`, () => recorder.different >= 9 - first);
  }
  await trial.quiet();
  for (const { name, first, recorder } of recorders) {
    assert.deepEqual([...recorder.ids].sort(), expected(first), `what ${name} gets`);
  }
  // A start counts only the first time.
  if (trial.features.startAt) await trial.declare('latest', { start: 'earliest', generation: 2 });
  await trial.quiet();
  assert.equal(recorders.at(-1)?.recorder.seen.length, 2);
}

async function declareIsIdempotent(trial: Trial): Promise<void> {
  const { unitMs } = trial.world;
  const ofType = (type: string, generation: number): Promise<void> =>
    trial.declare('one', { generation, wants: [{ type: [type] }], filter: `{"type":"${type}"}` });
  await ofType('a', 1);
  const one = trial.record('one', ({ id, nth }) => (id === 'a1' && nth === 1 ? wait(unitMs) : done));
  await trial.append(trial.entry('a1', { type: 'a' }));
  await trial.until('the first comes', () => one.times('a1') === 1);
  await ofType('a', 1);
  await ofType('a', 1);
  await trial.append(trial.entry('a2', { type: 'a' }), trial.entry('b1', { type: 'b' }));
  await trial.until('the second comes', () => one.times('a2') === 1);
  await trial.quiet();
  await ofType('b', 2);
  await trial.append(trial.entry('a3', { type: 'a' }), trial.entry('b2', { type: 'b' }));
  await trial.until('what the new filter wants comes', () => one.times('b2') === 1);
  await trial.quiet();
  assert.deepEqual(one.ids, ['a1', 'a2', 'b2']);
  await trial.pass('what was pending under the old filter comes', () => one.times('a1') === 2);
  await trial.quiet();
  assert.deepEqual(one.ids, ['a1', 'a2', 'b2', 'a1']);
}

async function forgetsOnlyItsOwn(trial: Trial): Promise<void> {
  const { unitMs } = trial.world;
  const able = deadLetters(trial.channel) !== undefined;
  const decide = (id: string): ReturnType<typeof wait> =>
    id === 'dies' && able ? bury() : id === 'waits' ? wait(2 * unitMs) : done;
  for (const name of ['gone', 'stays']) await trial.declare(name);
  const gone = trial.record('gone', ({ id }) => decide(id));
  const stays = trial.record('stays', ({ id, nth }) => (nth === 1 ? decide(id) : done));
  await trial.append(...['waits', 'dies', 'passes'].map((id) => trial.entry(id)));
  await trial.until('both have them', () => gone.different === 3 && stays.different === 3);
  await trial.quiet();
  await trial.stop(gone);
  await trial.append(trial.entry('unseen'));
  await trial.forget('gone');
  await trial.forget('gone');
  await trial.forget('never-declared');
  await trial.refuses(
    trial.channel.consume('gone', async () => done, new AbortController().signal),
    'subscription-unknown',
  );
  if (able) {
    for (const name of ['gone', 'stays']) {
      const letters = await trial.deadOf(name);
      assert.deepEqual(
        letters.map(({ entry }) => entry.event.attributes.get('id')),
        ['dies'],
        `dead letters of ${name}`,
      );
    }
  }
  await trial.declare('gone', { start: 'latest' });
  const again = trial.record('gone');
  await trial.append(trial.entry('new'));
  await trial.pass('the one that waits comes to who was not forgotten', () => stays.times('waits') === 2);
  await trial.until('the new one comes to both', () => stays.times('new') + again.times('new') === 2);
  assert.deepEqual(again.ids, ['new'], 'position, pending and waits of a forgotten subscription are gone');
  assert.deepEqual([...stays.ids].sort(), ['dies', 'new', 'passes', 'unseen', 'waits', 'waits']);
}

/** What `declare` and `forget` promise. */
export const declareCases: readonly ChannelCase[] = [
  { name: 'one declared later sees what its start says', run: startsWhereItSays },
  { name: 'declare is idempotent; a changed filter counts for what is not yet evaluated', run: declareIsIdempotent },
  { name: 'forget drops only its own', run: forgetsOnlyItsOwn },
];
