import assert from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import { runCase, type ChannelCase } from './channel-case.ts';
import { memoryWorld } from './channel-memory-world.ts';
import { channelCases } from './channel.ts';
import { channelMutants } from './mutants-all.ts';

function named(name: string): ChannelCase {
  const found = channelCases.find((one) => one.name === name);
  assert(found, `there is no case "${name}"`);
  return found;
}

describe('a channel that', () => {
  test.for(channelMutants)('$name fails: $caughtBy', async ({ caughtBy, lasting = false, make }) => {
    const one = named(caughtBy);
    const failure = await runCase(one, memoryWorld({ lasting, alter: make() })).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
  });
});

test('every case of the suite catches a mutant', () => {
  const caught = new Set(channelMutants.map(({ caughtBy }) => caughtBy));
  expect(channelCases.map(({ name }) => name).filter((name) => !caught.has(name))).toEqual([]);
});
