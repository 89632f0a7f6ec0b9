import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { readRunning } from '../../cli/running.ts';
import { startServer } from '../../test/servers/server.ts';
import { cpuOf } from '../load.ts';
import { startWeir, usage, type Subject } from '../processes.ts';
import { row, type Row } from '../rows.ts';
import { rateOf, type Rate, type Sample } from '../sources/rates.ts';
import { type BenchServer, nameOf, type SourceBench } from '../sources/source-bench.ts';
import type { Bench, Scenario } from './scenario.ts';

const run = promisify(execFile);
const BARE = fileURLToPath(new URL('../sources/bare.ts', import.meta.url));
const SAMPLE_MS = 50;
const EMITTED = 'weir_source_emitted_total';
const WAIT_MS = 90_000;
const rateShape = z.object({ perS: z.number(), cpuUs: z.number() });

/** What one round finds. */
interface Round {
  /** The client alone, reading the same server. */
  readonly bare: Rate;
  /** From the server into the embedded channel of a broker without triggers. */
  readonly accepted: Rate;
  /** From the server through the channel and a trigger to the sink. */
  readonly delivered: Rate;
  /** The same trigger and sink in the same process, events sent to its broker by HTTP. */
  readonly ingress: Rate;
}

/** A source on its real server, beside the bare client and beside HTTP ingress. */
export function throughSource(source: SourceBench): Scenario {
  return async (bench) => {
    await using server = await serverOf(source);
    const address = server.env[source.address] ?? '';
    const rounds: Round[] = [];
    for (let number = 0; number < (bench.quick ? 1 : 3); number += 1) {
      const round = await measured(bench, source, { address, number });
      bench.say(
        Object.entries(round)
          .map(([what, { perS }]) => `${what} ${Math.round(perS)}/s`)
          .join(', '),
      );
      rounds.push(round);
    }
    return rowsOf(nameOf(source), rounds);
  };
}

async function serverOf({ server: which, prepare }: SourceBench): Promise<BenchServer> {
  if (typeof which === 'function') return which();
  const server = await startServer(which);
  await prepare?.(server);
  return server;
}

async function measured(
  bench: Bench,
  source: SourceBench,
  { address, number }: { readonly address: string; readonly number: number },
): Promise<Round> {
  const events = bench.quick ? Math.min(20_000, source.things / 2) : source.things;
  const names = ['bare', 'accepted', 'delivered'].map((what) => `${source.touch ? 'all' : what}${number}`);
  const [bareName = '', acceptedName = '', deliveredName = ''] = names;
  const yaml = (name: string, sink?: string): Promise<string> =>
    writeYaml(join(bench.folder, `${name}.yaml`), source.kind, { ...source.source(address, name), sink });
  const data = join(bench.folder, `data-${number}`);
  for (const what of ['accepted', 'delivered'])
    await begun(source, { address, name: acceptedName, yaml: await yaml(acceptedName), data: `${data}-${what}` });
  for (const name of new Set(names)) await source.fill(address, name, events);
  const { stdout } = await run(process.execPath, [BARE, nameOf(source), address, bareName, String(events)], {
    timeout: WAIT_MS,
  });
  const bare = rateShape.parse(JSON.parse(stdout));
  let accepted: Rate;
  {
    await using weir = await startWeir(await yaml(acceptedName), `${data}-accepted`);
    accepted = await rate(weir, `${data}-accepted`, { series: EMITTED, events });
  }
  const resources = await yaml(deliveredName, bench.sink);
  let delivered: Rate;
  const sink = await bench.sinkOnly();
  await using weir = await startWeir(resources, `${data}-delivered`);
  {
    await using _sink = sink;
    delivered = await rate(weir, `${data}-delivered`, { series: 'weir_delivered_total', events });
  }
  const load = await bench.load({ url: weir.url, pid: weir.pid, events });
  return { bare, accepted, delivered, ingress: { perS: load.end_to_end_per_s, cpuUs: cpuOf(load) * 10 } };
}

interface Beginning {
  readonly address: string;
  readonly name: string;
  readonly yaml: string;
  readonly data: string;
}

/** Lets a source notice what it goes on from later. */
async function begun(source: SourceBench, { address, name, yaml, data }: Beginning): Promise<void> {
  if (!source.touch) return;
  await using weir = await startWeir(yaml, data);
  const { admin } = await readRunning(data);
  for (let noticed = 0; noticed === 0; await pause(SAMPLE_MS)) {
    await source.touch(address, name);
    noticed = await counted(admin, EMITTED);
  }
  await weir.stop();
}

/** Watches a counter of Weir's until it has reached `events`. */
async function rate(
  weir: Subject,
  data: string,
  { series, events }: { readonly series: string; readonly events: number },
): Promise<Rate> {
  const { admin } = await readRunning(data);
  const samples: Sample[] = [];
  const late = performance.now() + WAIT_MS;
  for (let count = 0; count < events && performance.now() < late; await pause(SAMPLE_MS)) {
    count = await counted(admin, series);
    samples.push({ atMs: performance.now(), count, cpuS: (await usage(weir.pid)).cpuS });
  }
  if ((samples.at(-1)?.count ?? 0) < events)
    throw new Error(`bench: ${series} is ${samples.at(-1)?.count ?? 0} of ${events} after ${WAIT_MS / 1000} s`);
  return rateOf(samples, events);
}

/** The sum of all series of a metric. */
async function counted(admin: string, series: string): Promise<number> {
  return (await (await fetch(`${admin}/metrics`)).text())
    .split('\n')
    .filter((line) => line.startsWith(`${series}{`))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** JSON is YAML: a broker, the source, its Secret, and a trigger for everything if there is a sink. */
async function writeYaml(
  file: string,
  kind: string,
  { apiVersion, spec, secrets, sink }: ReturnType<SourceBench['source']> & { readonly sink: string | undefined },
): Promise<string> {
  const eventing = 'eventing.knative.dev/v1';
  const ref = { apiVersion: eventing, kind: 'Broker', name: 'default' };
  const resources = [
    { apiVersion: eventing, kind: 'Broker', metadata: { name: 'default' } },
    { apiVersion, kind, metadata: { name: 'bench' }, spec: { ...spec, sink: { ref } } },
    ...(secrets ? [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'bench' }, stringData: secrets }] : []),
    ...(sink === undefined
      ? []
      : [
          {
            apiVersion: eventing,
            kind: 'Trigger',
            metadata: { name: 'bench' },
            spec: { broker: 'default', subscriber: { uri: sink } },
          },
        ]),
  ];
  await writeFile(file, resources.map((one) => JSON.stringify(one)).join('\n---\n'));
  return file;
}

function rowsOf(source: string, rounds: readonly Round[]): Row[] {
  // Only for Kafka is it known beforehand what can be asked.
  const target = (atLeast: number): Pick<Row, 'target'> => (source === 'KafkaSource' ? { target: { atLeast } } : {});
  const of = (facts: Pick<Row, 'name' | 'unit' | 'target'>, value: (round: Round) => number): Row =>
    row({ ...facts, name: `${source}: ${facts.name}` }, rounds.map(value));
  return [
    of(
      { name: 'accepted into the embedded channel', unit: 'x bare client', ...target(0.3) },
      ({ accepted, bare }) => accepted.perS / bare.perS,
    ),
    of(
      { name: 'delivered to the sink', unit: 'x HTTP ingress', ...target(0.8) },
      ({ delivered, ingress }) => delivered.perS / ingress.perS,
    ),
    ...(['bare', 'accepted', 'delivered', 'ingress'] as const).flatMap((what) => [
      of({ name: LABELS[what], unit: 'events/s' }, (round) => round[what].perS),
      of({ name: `${LABELS[what]}, CPU per event`, unit: 'us' }, (round) => round[what].cpuUs),
    ]),
  ];
}

const LABELS = {
  bare: 'bare client',
  accepted: 'accepted',
  delivered: 'delivered',
  ingress: 'HTTP ingress in the same process',
} as const;
