import { parseArgs } from 'node:util';
import { Simulation } from './simulation.ts';

/** npm run sim -- [--seeds N] [--seed S] [--steps K]: runs that many lives of the engine, or the one of a seed; exits with 1 at the first broken promise. */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    steps: { type: 'string', default: '400' },
  },
});
const first = Number(values.seed ?? 1);
const last = values.seed === undefined ? Number(values.seeds) : first;

for (let seed = first; seed <= last; seed += 1) {
  try {
    new Simulation(seed).run(Number(values.steps));
  } catch (error) {
    console.error(`seed ${seed}:`, error);
    console.error(`again: npm run sim -- --seed ${seed} --steps ${values.steps}`);
    process.exit(1);
  }
}
console.log(`${last - first + 1} lives of the engine, ${values.steps} steps each: nothing lost, every promise kept`);
