import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CloudEvent } from '../../events/event.ts';
import { covers, type Interest } from '../../events/interest.ts';
import { InterestIndex } from '../../channels/log/interest-index.ts';

const names = fc.constantFrom('type', 'source', 'subject');
const values = fc.constantFrom('a', 'b', 'c');
const conjunctions = fc.dictionary(names, fc.uniqueArray(values, { minLength: 1, maxLength: 3 }), { maxKeys: 3 });
const interests: fc.Arbitrary<Interest> = fc.oneof(
  fc.constant('everything' as const),
  fc.array(conjunctions, { maxLength: 3 }),
);
const events: fc.Arbitrary<CloudEvent> = fc
  .dictionary(names, values)
  .map((attributes) => ({ attributes: new Map(Object.entries(attributes)) }));

function found(index: InterestIndex<{ readonly interest: Interest }>, event: CloudEvent): ReadonlySet<object> {
  const set = new Set<{ readonly interest: Interest }>();
  index.candidates(event, set);
  return set;
}

test('the index finds every item whose interest covers an event', () => {
  fc.assert(
    fc.property(fc.array(interests, { maxLength: 20 }), events, (all, event) => {
      const index = new InterestIndex<{ readonly interest: Interest }>();
      const items = all.map((interest) => ({ interest }));
      for (const item of items) index.add(item, item.interest);
      const candidates = found(index, event);
      for (const item of items) if (covers(item.interest, event)) expect(candidates).toContain(item);
    }),
  );
});

test('an item filed anew or taken out is found where it is, and nowhere else', () => {
  const index = new InterestIndex<{ readonly interest: Interest }>();
  const item = { interest: [{ type: ['a'] }] };
  index.add(item, [{ type: ['a'] }]);
  index.add(item, [{ type: ['b'] }]);
  expect(found(index, { attributes: new Map([['type', 'a']]) }).size).toBe(0);
  expect(found(index, { attributes: new Map([['type', 'b']]) }).size).toBe(1);
  index.delete(item);
  expect(found(index, { attributes: new Map([['type', 'b']]) }).size).toBe(0);
  expect(index.size).toBe(0);
});

test('of ten thousand items, an event looks at those of its own value', () => {
  const index = new InterestIndex<{ readonly interest: Interest }>();
  for (let i = 0; i < 10_000; i += 1) {
    const interest = [{ source: ['/same'], type: [`t-${i}`] }];
    index.add({ interest }, interest);
  }
  const candidates = found(index, {
    attributes: new Map([
      ['type', 't-77'],
      ['source', '/same'],
    ]),
  });
  expect(candidates.size).toBeLessThan(10);
});
