import assert from 'node:assert/strict';
import { attribute } from '../../events/event.ts';
import { deadLetters, inspectable, type DeadLetter } from '../../channels/abilities.ts';
import type { Channel } from '../../channels/channel.ts';
import type { ChannelCase } from './channel-case.ts';
import { bury, progressed } from './channel-progress.ts';
import { done } from './channel-recorder.ts';
import type { Trial } from './channel-trial.ts';

const idOf = ({ entry }: DeadLetter): string => attribute(entry.event, 'id') ?? '';
const without = (channel: Channel): string | undefined =>
  deadLetters(channel) ? undefined : 'this channel keeps no dead letters';

async function listedRedrivenDiscarded(trial: Trial): Promise<void> {
  const data = new Uint8Array([0, 255]);
  await trial.declare('one', { inFlight: 1 });
  await trial.declare('other');
  trial.record('other', ({ id }) => (id === '2' ? bury() : done));
  const beforeMs = trial.world.now();
  let deadly = true;
  const one = trial.record('one', ({ id }) => (deadly ? bury(Number(id)) : done));
  await trial.append(...['1', '2', '3', '4', '5'].map((id) => trial.entry(id, { data, attributes: { number: 5 } })));
  await trial.until('all are listed', async () => (await trial.deadOf('one')).length === 5);
  const letters = await trial.deadOf('one');
  assert.deepEqual(letters.map(idOf), ['1', '2', '3', '4', '5'], 'oldest first');
  assert.equal(new Set(letters.map(({ id }) => id)).size, 5);
  for (const letter of letters) {
    assert.equal(letter.subscription, 'one');
    assert.deepEqual(letter.progress, progressed(Number(idOf(letter))));
    assert.deepEqual([...(letter.entry.event.data ?? [])], [...data]);
    assert.equal(letter.entry.event.attributes.get('number'), 5);
    assert.ok(letter.deadAtMs >= beforeMs && letter.deadAtMs <= trial.world.now());
  }
  await pages(trial, letters);
  await trial.until('the other has its own', async () => (await trial.deadOf('other')).length === 1);
  assert.deepEqual(await trial.deadOf('never-declared'), []);
  const [first, second, third] = letters.map(({ id }) => id);
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  deadly = false;
  await trial.refuses(trial.dead.redrive('one', [first, 'no-such-id']), 'dead-letter-unknown');
  await trial.refuses(trial.dead.redrive('never-declared', [first]), 'subscription-unknown');
  await trial.quiet();
  assert.equal(one.seen.length, 5, 'none is redriven if one is unknown');
  await trial.call(trial.dead.redrive('one', [second]));
  await trial.until('what was redriven comes', () => one.times('2') === 2);
  const redriven = one.seen.at(-1)?.delivery.progress ?? progressed(0);
  assert.deepEqual([redriven.attempts, redriven.stage], [0, 'subscriber'], 'attempts are counted anew');
  assert.deepEqual([...(one.seen.at(-1)?.delivery.entry.event.data ?? [])], [...data]);
  await trial.call(trial.dead.discard('one', [first, first, second, 'no-such-id']));
  assert.deepEqual((await trial.deadOf('one')).map(idOf), ['3', '4', '5']);
  assert.deepEqual((await trial.deadOf('other')).map(idOf), ['2'], "another's are not touched");
  await trial.call(trial.dead.discard('one', [third]));
  await survives(trial);
}

async function pages(trial: Trial, letters: readonly DeadLetter[]): Promise<void> {
  const paged: DeadLetter[] = [];
  for (let rounds = 0; rounds < 5; rounds += 1) {
    const after = paged.at(-1)?.id;
    paged.push(...(await trial.call(trial.dead.list('one', { limit: 2, ...(after !== undefined && { after }) }))));
  }
  assert.deepEqual(
    paged.map(({ id }) => id),
    letters.map(({ id }) => id),
    'by pages',
  );
}

/** Of the five letters, 4 and 5 are left. */
async function survives(trial: Trial): Promise<void> {
  const another = { ...trial.entry('reply'), hops: 0 };
  const dying = trial.entry('dying', { type: 'dying' });
  await trial.declare('replies', { inFlight: 1, wants: [{ type: ['dying'] }] });
  const replies = trial.record('replies', ({ id }) =>
    id === 'dying' ? { kind: 'dead-letter', progress: progressed(1), entry: another } : 'hold',
  );
  await trial.append(dying, trial.entry('marker', { type: 'dying' }));
  await trial.until('another is handed over, so the first is settled', () => replies.times('marker') === 1);
  assert.deepEqual((await trial.deadOf('replies')).map(idOf), ['reply'], 'an entry of the verdict rests instead');
  for (const how of ['reopen', 'crash'] as const) {
    if (!(await trial.restart(how))) return;
    assert.deepEqual((await trial.deadOf('one')).map(idOf), ['4', '5'], `after ${how}`);
    const [letter] = await trial.deadOf('replies');
    assert.deepEqual([letter?.progress, letter?.entry.hops], [progressed(1), 0]);
  }
  const again = trial.record('one');
  await trial.quiet();
  assert.deepEqual(
    again.ids.filter((id) => id !== 'dying' && id !== 'marker'),
    [],
    'what is dead does not come by itself',
  );
  await trial.call(
    trial.dead.redrive(
      'one',
      (await trial.deadOf('one')).map(({ id }) => id),
    ),
  );
  await trial.until('what died before the restart can be redriven', () => again.times('4') + again.times('5') === 2);
  assert.deepEqual(await trial.deadOf('one'), []);
}

const BUDGET = 5;
const IN_FLIGHT = 2;

async function heldOverBudget(trial: Trial): Promise<void> {
  const ids = Array.from({ length: 30 }, (_, i) => String(i + 1));
  await trial.declare('one', { inFlight: IN_FLIGHT });
  await trial.declare('other');
  const other = trial.record('other');
  let deadly = true;
  const one = trial.record('one', () => (deadly ? bury() : done));
  for (const id of ids.slice(0, 20)) await trial.append(trial.entry(id));
  await trial.until('the budget is used up', () => one.seen.length >= BUDGET);
  await trial.append(...ids.slice(20).map((id) => trial.entry(id)));
  await trial.until('the other has all', () => other.different === ids.length);
  await trial.quiet();
  const dead = await trial.deadOf('one');
  assert.ok(
    dead.length >= BUDGET && dead.length < BUDGET + IN_FLIGHT,
    `${dead.length} are dead, the budget is ${BUDGET}`,
  );
  assert.equal(one.seen.length, dead.length, 'nothing is handed out while it is held');
  const able = inspectable(trial.channel);
  const held = async (): Promise<readonly (string | undefined)[]> => {
    const states = await trial.call(able?.subscriptions() ?? Promise.resolve([]));
    return ['one', 'other'].map((name) => states.find((state) => state.name === name)?.held);
  };
  if (able) assert.deepEqual(await held(), ['dead-letters-full', undefined]);
  // Discarding resumes it, until the budget is used up again; so does redriving.
  await trial.call(
    trial.dead.discard(
      'one',
      dead.map(({ id }) => id),
    ),
  );
  await trial.until('it resumes, and is held again', async () => (await trial.deadOf('one')).length >= BUDGET);
  await trial.quiet();
  const deadAgain = await trial.deadOf('one');
  assert.ok(deadAgain.length < BUDGET + IN_FLIGHT, `${deadAgain.length} are dead, the budget is ${BUDGET}`);
  deadly = false;
  await trial.call(
    trial.dead.redrive(
      'one',
      deadAgain.map(({ id }) => id),
    ),
  );
  await trial.until('all come', () => one.different === ids.length);
  await trial.until('what was redriven comes', () => deadAgain.every((letter) => one.times(idOf(letter)) === 2));
  await trial.quiet();
  assert.deepEqual(await trial.deadOf('one'), []);
  assert.equal(one.seen.length, ids.length + deadAgain.length, 'only what was redriven came twice');
  if (able) assert.deepEqual(await held(), [undefined, undefined]);
}

/** What becomes of events that can be delivered nowhere. */
export const deadLetterCases: readonly ChannelCase[] = [
  { name: 'dead letters are listed, redriven, discarded, survive a restart', without, run: listedRedrivenDiscarded },
  {
    name: 'over its dead-letter budget a subscription is held, loses nothing and resumes',
    limits: { deadLettersMax: BUDGET },
    without,
    run: heldOverBudget,
  },
];
