import { expect, test } from 'vitest';
import { Simulation } from './simulation.ts';

const SEEDS = 200;
const STEPS = 400;

test(`${SEEDS} random lives of the engine, with crashes, torn writes and answers out of order, lose nothing and keep every promise`, () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    try {
      new Simulation(seed).run(STEPS);
    } catch (error) {
      // The seed alone reruns it: npm run sim -- --seed N
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
  expect.assertions(0);
});
