import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.ts';
import { freePort } from './free-port.ts';
import { buildLoad } from './load.ts';
import { held, table } from './rows.ts';
import type { Row } from './rows.ts';
import { paced, saturation } from './scenarios/against-proxy.ts';
import { backlog } from './scenarios/backlog.ts';
import { idle } from './scenarios/idle.ts';
import { manyTriggers } from './scenarios/many-triggers.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { throughSource } from './scenarios/sources.ts';
import { storageWebhook, webhook } from './scenarios/webhook.ts';
import { SOURCE_BENCHES } from './sources/all.ts';
import { nameOf } from './sources/source-bench.ts';
import { firstAccepted, firstRedelivery } from './scenarios/starts.ts';

const SOURCES: Readonly<Record<string, Scenario>> = {
  ...Object.fromEntries(SOURCE_BENCHES.map((source) => [nameOf(source), throughSource(source)])),
  WebhookSource: webhook,
  ObjectStorageSource: storageWebhook,
};

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'first-accepted': firstAccepted,
  'first-redelivery': firstRedelivery,
  idle,
  saturation,
  'pace-2000': paced(2_000),
  'pace-500': paced(500),
  'many-triggers': manyTriggers,
  backlog,
  ...SOURCES,
};

const usage = `npm run bench [-- --quick] [-- --only ${[...Object.keys(SCENARIOS), 'sources'].join('|')}]`;
const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', multiple: true } },
});
const chosen = (values.only ?? Object.keys(SCENARIOS)).flatMap((name) =>
  name === 'sources' ? Object.keys(SOURCES) : [name],
);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

say('building dist/ and the load generator');
build();
const folder = await mkdtemp(join(tmpdir(), 'weir-bench-'));
const rows: Row[] = [];
const failures: string[] = [];
try {
  const sinkPort = await freePort();
  const { load, sinkOnly } = await buildLoad(folder, sinkPort);
  for (const name of chosen) {
    const scenario = SCENARIOS[name];
    if (scenario === undefined) throw new Error(`bench: no scenario ${JSON.stringify(name)}; usage: ${usage}`);
    const own = join(folder, name);
    await mkdir(own);
    say(`${name} (load ${loadavg()[0]?.toFixed(1)})`);
    try {
      rows.push(
        ...(await scenario({
          load,
          sinkOnly,
          sink: `http://127.0.0.1:${sinkPort}/`,
          folder: own,
          quick: values.quick,
          say: (line) => say(`  ${line}`),
        })),
      );
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      say(`  ${failures.at(-1)}`);
    }
    await rm(own, { recursive: true, force: true });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const results = new URL('results/', import.meta.url);
await mkdir(results, { recursive: true });
const at = new Date().toISOString();
const machine = { node: process.version, cores: availableParallelism(), load: loadavg() };
await writeFile(
  new URL(`${at.replaceAll(':', '-')}.json`, results),
  `${JSON.stringify({ at, quick: values.quick, machine, rows, failures }, undefined, 2)}\n`,
);
process.stdout.write(`${table(rows)}\n`);
const missed = rows.filter((one) => !held(one));
say(
  `${rows.length} rows, ${missed.length} beyond their target, ${failures.length} scenarios failed; bench/results/ has them as JSON`,
);
process.exitCode = failures.length > 0 ? 1 : 0;
