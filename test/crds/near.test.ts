import { expect, test } from 'vitest';
import { near } from '../../crds/near.ts';

test.each([
  ['brokr', 'broker'],
  ['borker', 'broker'],
  ['Broker', 'broker'],
  ['subscribr', 'subscriber'],
  ['deadletersink', 'deadLetterSink'],
])('%s was meant to be %s', (text, meant) => {
  expect(near(text, ['broker', 'subscriber', 'deadLetterSink', 'filter'])).toBe(meant);
});

test.each(['x', 'retries', 'sink', ''])('%j is near to nothing', (text) => {
  expect(near(text, ['broker', 'subscriber', 'filters'])).toBeUndefined();
});
