import { expect, test } from 'vitest';
import { groupName } from '../../../sources/object-storage/queue.ts';
import { ownName } from '../../../sources/own-name.ts';

test('two sources in two namespaces never share a group, whatever hyphens their names have', () => {
  expect(groupName({ namespace: 'a-b', name: 'c' })).not.toBe(groupName({ namespace: 'a', name: 'b-c' }));
});

test('a source of another kind never has its group, whatever its name', () => {
  const group = groupName({ namespace: 'a', name: 'b' });
  expect(group).not.toBe(ownName({ namespace: 'a', name: 'b' }));
  expect(group).not.toBe(ownName({ namespace: 'a', name: 'b.storage' }));
});
