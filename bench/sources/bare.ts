/** `node bench/sources/bare.ts BENCH ADDRESS NAME COUNT`: reads COUNT things with the client alone, in a process of its own. Prints the rate as JSON. */
import { SOURCE_BENCHES } from './all.ts';
import { rateOf, type Sample } from './rates.ts';
import { nameOf } from './source-bench.ts';

const [called, address = '', name = '', total = '0'] = process.argv.slice(2);
const bench = SOURCE_BENCHES.find((one) => nameOf(one) === called);
if (!bench) throw new Error(`bench: no source ${called}`);
const samples: Sample[] = [sample(0)];
let count = 0;
await bench.read(address, name, (more) => {
  count += more;
  if (count >= Number(total) || performance.now() - (samples.at(-1)?.atMs ?? 0) > 5) samples.push(sample(count));
  return count >= Number(total);
});
process.stdout.write(`${JSON.stringify(rateOf(samples, Number(total)))}\n`);

function sample(now: number): Sample {
  const { user, system } = process.cpuUsage();
  return { atMs: performance.now(), count: now, cpuS: (user + system) / 1e6 };
}
