import { expect, test } from 'vitest';
import { exactly } from '../../cli/exactly.ts';

interface Taken {
  readonly listen: string;
  readonly fail?: readonly string[];
  readonly json?: boolean;
}

const declared: { listen: string; fail?: string[]; json?: true } = { listen: 'here', json: true };

// What the compiler refuses is held by `npm run types`: an expected error that does not come is one.
test('flags that are declared as they are taken arrive as they are', () => {
  const taken: Taken = exactly(declared);
  expect(taken).toEqual({ listen: 'here', json: true });
});

test('an optional flag that is declared by another name does not compile', () => {
  const { fail: _, ...rest } = declared;
  const misnamed: typeof rest & { fayl?: string[] } = rest;
  // @ts-expect-error `fail` is not declared, and `fayl` is not taken
  const taken: Taken = exactly(misnamed);
  expect(taken).toBe(misnamed);
});

test('a flag that is taken and not declared, or declared and not taken, does not compile', () => {
  const { fail: _, ...fewer } = declared;
  const more: typeof declared & { port?: string } = declared;
  // @ts-expect-error `fail` is not declared
  const one: Taken = exactly(fewer);
  // @ts-expect-error `port` is not taken
  const other: Taken = exactly(more);
  expect([one, other]).toEqual([fewer, more]);
});

test('a flag that may be left out where the command needs it does not compile', () => {
  const optional: { listen?: string; fail?: string[]; json?: true } = declared;
  // @ts-expect-error `listen` has no default
  const taken: Taken = exactly(optional);
  expect(taken).toBe(optional);
});
