import { mkdtemp, readFile, readdir, rm, mkdir, copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { build } from './build.ts';
import { freePort } from './free-port.ts';
import { buildLoad, cpuOf } from './load.ts';
import { startWeir } from './processes.ts';
import { writeResources } from './resources.ts';

/**
 * `npm run profile [-- --rate 2000] [--events 200000]`: where the CPU of Weir goes under load, by self time, of its main thread and of each worker. The .cpuprofile files stay in
 * bench/results/ (Chrome DevTools and speedscope open them).
 */
const { values } = parseArgs({ options: { rate: { type: 'string' }, events: { type: 'string', default: '200000' } } });
const SHOWN = 30;

const profile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});
type Profile = z.infer<typeof profile>;

build();
const folder = await mkdtemp(join(tmpdir(), 'weir-profile-'));
const results = new URL('results/', import.meta.url);
try {
  const sinkPort = await freePort();
  const { load } = await buildLoad(folder, sinkPort);
  const resources = await writeResources(join(folder, 'weir.yaml'), { sink: `http://127.0.0.1:${sinkPort}/` });
  await using weir = await startWeir(resources, join(folder, 'data'), [
    '--cpu-prof',
    `--cpu-prof-dir=${folder}/profiles`,
  ]);
  const rate = values.rate === undefined ? {} : { rate: Number(values.rate) };
  const counted = await load({ url: weir.url, pid: weir.pid, events: Number(values.events), ...rate });
  await weir.stop();
  process.stdout.write(
    `${Math.round(counted.end_to_end_per_s)} events/s, ${(cpuOf(counted) * 10).toFixed(1)} us of CPU per event, profiler included\n`,
  );
  await mkdir(results, { recursive: true });
  for (const file of await readdir(join(folder, 'profiles'))) {
    const path = join(folder, 'profiles', file);
    await copyFile(path, new URL(file, results));
    process.stdout.write(
      `\nbench/results/${file}\n${report(profile.parse(JSON.parse(await readFile(path, 'utf8'))))}\n`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Self time of what was not idle, by where the code comes from and by function. */
function report({ nodes, samples, timeDeltas }: Profile): string {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const [byOrigin, byFunction] = [new Map<string, number>(), new Map<string, number>()];
  let busy = 0;
  samples.forEach((id, index) => {
    const frame = frames.get(id);
    const tookUs = timeDeltas[index] ?? 0;
    if (frame === undefined || frame.functionName === '(idle)') return;
    busy += tookUs;
    const origin = originOf(frame.url, frame.functionName);
    const name = `${frame.functionName || '(anonymous)'} ${frame.url.split('/').slice(-3).join('/')}:${frame.lineNumber + 1}`;
    byOrigin.set(origin, (byOrigin.get(origin) ?? 0) + tookUs);
    byFunction.set(name, (byFunction.get(name) ?? 0) + tookUs);
  });
  const lines = (of: ReadonlyMap<string, number>, most: number): string[] =>
    [...of]
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, most)
      .map(([name, us]) => `${((100 * us) / busy).toFixed(1).padStart(6)} % ${name}`);
  return [`busy ${(busy / 1e6).toFixed(1)} s`, ...lines(byOrigin, SHOWN), '', ...lines(byFunction, SHOWN)].join('\n');
}

function originOf(url: string, name: string): string {
  if (url === '') return name === '(garbage collector)' ? name : '(native)';
  const library = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (library !== undefined) return library;
  const own = /\/dist\/(\w+(?:\/\w+)?)/.exec(url)?.[1];
  return own === undefined ? url.split('/').slice(0, 2).join('/') : `weir ${own}`;
}
