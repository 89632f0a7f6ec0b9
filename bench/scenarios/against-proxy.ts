import { freePort } from '../free-port.ts';
import { cpuOf } from '../load.ts';
import type { LoadResult } from '../load.ts';
import { startProxy, startWeir } from '../processes.ts';
import type { Subject } from '../processes.ts';
import { writeResources } from '../resources.ts';
import { row } from '../rows.ts';
import type { Row } from '../rows.ts';
import type { Bench, Scenario } from './scenario.ts';

interface Pair {
  readonly proxy: LoadResult;
  readonly weir: LoadResult;
}

/** One subscriber, everything delivered: as fast as it goes. */
export const saturation: Scenario = async (bench) => {
  const pairs = await rounds(bench, { events: bench.quick ? 5_000 : 40_000 });
  return [
    row({ name: 'saturation: CPU per event', unit: 'x proxy', target: { atMost: 1.15 } }, pairs.map(cpuRatio)),
    row(
      { name: 'saturation: throughput end to end', unit: 'x proxy', target: { atLeast: 0.9 } },
      pairs.map(({ weir, proxy }) => weir.end_to_end_per_s / proxy.end_to_end_per_s),
    ),
    ...figures('saturation', pairs),
  ];
};

/** The same at a rate that leaves the machine idle most of the time. */
export function paced(rate: number): Scenario {
  return async (bench) => {
    const pairs = await rounds(bench, { events: rate * (bench.quick ? 2 : 10), rate });
    const name = `${rate}/s`;
    return [
      row({ name: `${name}: CPU per event`, unit: 'x proxy', target: { atMost: 1.5 } }, pairs.map(cpuRatio)),
      row(
        { name: `${name}: p99 end to end, less 3x the proxy's`, unit: 'ms', target: { atMost: 3 } },
        pairs.map(({ weir, proxy }) => p99(weir) - 3 * p99(proxy)),
      ),
      ...figures(name, pairs),
    ];
  };
}

function figures(name: string, pairs: readonly Pair[]): Row[] {
  return (['proxy', 'weir'] as const).flatMap((who) => [
    row(
      { name: `${name}: ${who}, CPU per event`, unit: 'us' },
      pairs.map((pair) => cpuOf(pair[who]) * 10),
    ),
    row(
      { name: `${name}: ${who}, throughput`, unit: 'events/s' },
      pairs.map((pair) => pair[who].end_to_end_per_s),
    ),
    row(
      { name: `${name}: ${who}, p50 end to end`, unit: 'ms' },
      pairs.map((pair) => pair[who].end_to_end_ms?.p50 ?? Number.NaN),
    ),
    row(
      { name: `${name}: ${who}, p99 end to end`, unit: 'ms' },
      pairs.map((pair) => p99(pair[who])),
    ),
  ]);
}

/** Proxy and Weir take turns, both warmed up first, so that a neighbour on the machine meets both. */
async function rounds(
  bench: Bench,
  load: { readonly events: number; readonly rate?: number },
): Promise<readonly Pair[]> {
  const resources = await writeResources(`${bench.folder}/weir.yaml`, { sink: bench.sink });
  await using proxy = await startProxy(bench.sink, await freePort());
  await using weir = await startWeir(resources, `${bench.folder}/data`);
  const measure = (subject: Subject, events = load.events): Promise<LoadResult> =>
    bench.load({ ...load, events, url: subject.url, pid: subject.pid });
  const warmUp = { events: bench.quick ? 2_000 : 40_000 };
  for (const subject of [proxy, weir]) await bench.load({ ...warmUp, url: subject.url, pid: subject.pid });
  const pairs: Pair[] = [];
  for (let round = 0; round < (bench.quick ? 1 : 5); round += 1) {
    const pair = { proxy: await measure(proxy), weir: await measure(weir) };
    bench.say(
      `round ${round + 1}: CPU ${cpuRatio(pair).toFixed(2)}x, ${Math.round(pair.weir.end_to_end_per_s)} events/s`,
    );
    pairs.push(pair);
  }
  return pairs;
}

function cpuRatio({ weir, proxy }: Pair): number {
  return cpuOf(weir) / cpuOf(proxy);
}

function p99(counted: LoadResult): number {
  return counted.end_to_end_ms?.p99 ?? Number.NaN;
}
