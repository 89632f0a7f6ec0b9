import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { Load } from './crash-load.ts';
import { Sinks } from './crash-sinks.ts';
import { serve } from './installed.ts';

const weir = fileURLToPath(new URL('../../../bin/weir.js', import.meta.url));
/** npm run crash -- --rounds N sets it. */
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 50);
const RETRIES = 2;

const states = z.object({
  items: z.array(z.object({ name: z.string(), backlog: z.number(), deadLetters: z.number() })),
});
const letters = z.object({
  items: z.array(
    z.object({ id: z.string(), event: z.object({ id: z.string() }), progress: z.object({ attempts: z.number() }) }),
  ),
});

function trigger(name: string, sink: string, delivery: string): string {
  return `---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {name: ${name}}
spec: {broker: default, subscriber: {uri: "${sink}"}, delivery: ${delivery}}
`;
}

async function getJson<T>(url: string, schema: z.ZodType<T>): Promise<T> {
  const { body } = await request(url);
  return schema.parse(await body.json());
}

/** Every dead letter of a trigger, page by page. */
async function buried(admin: string, name: string): Promise<z.infer<typeof letters>['items']> {
  const found: z.infer<typeof letters>['items'] = [];
  for (let after = ''; ;) {
    const page = await getJson(
      `${admin}/api/v1/brokers/default/default/triggers/${name}/dead-letters?limit=1000${after}`,
      letters,
    );
    const last = page.items.at(-1);
    if (!last) return found;
    found.push(...page.items);
    after = `&after=${encodeURIComponent(last.id)}`;
  }
}

async function drained(admin: string): Promise<void> {
  for (;;) {
    const { items } = await getJson(`${admin}/api/v1/subscriptions`, states);
    if (items.every(({ backlog }) => backlog === 0)) return;
  }
}

test(`kill -9 at ${ROUNDS} random instants under load: every acknowledged event reaches every sink or its dead-letter store, with every attempt counted`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-crash-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await using sinks = await Sinks.open();
  const retry = `{retry: ${RETRIES}, backoffPolicy: linear, backoffDelay: PT0.02S}`;
  await writeFile(
    join(folder, 'weir.yaml'),
    [
      'apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {name: default}\n',
      trigger('fast', `${sinks.url}/fast`, retry),
      trigger('slow', `${sinks.url}/slow`, retry),
      trigger('flaky', `${sinks.url}/flaky`, retry),
      trigger('failing', `${sinks.url}/failing`, retry),
      trigger(
        'buried',
        `${sinks.url}/buried`,
        `{retry: ${RETRIES}, backoffPolicy: linear, backoffDelay: PT0.02S, deadLetterSink: {uri: "${sinks.url}/dead"}}`,
      ),
    ].join(''),
  );
  const words = ['weir.yaml', '--data', 'data'];
  const load = new Load();
  for (let round = 1; round <= ROUNDS; round += 1) {
    await using serving = await serve(weir, words, folder);
    const stop = new AbortController();
    const running = load.run(`${serving.listen}/default/default`, stop.signal);
    // The random instant: anywhere between the first event and being under full load.
    await load.reaches(load.acknowledged.size + 1 + Math.floor(Math.random() * 300));
    await serving.kill();
    stop.abort();
    await running;
  }
  await using serving = await serve(weir, words, folder);
  await drained(serving.admin);

  const acknowledged = [...load.acknowledged];
  const failing = await buried(serving.admin, 'failing');
  const inStore = new Set(failing.map(({ event }) => event.id));
  const missing = {
    fast: acknowledged.filter((id) => sinks.times('/fast', id) === 0),
    slow: acknowledged.filter((id) => sinks.times('/slow', id) === 0),
    flaky: acknowledged.filter((id) => sinks.times('/flaky', id) < 2),
    dead: acknowledged.filter((id) => sinks.times('/dead', id) === 0),
    store: acknowledged.filter((id) => !inStore.has(id)),
  };
  const duplicates = [...(sinks.arrivals.get('/fast') ?? [])].filter(([, times]) => times > 1).length;
  console.log(
    `${ROUNDS} kills: ${load.sent} sent, ${acknowledged.length} acknowledged, ${duplicates} of them delivered twice to the fast subscriber, ${inStore.size} in the dead-letter store`,
  );
  expect(missing).toEqual({ fast: [], slow: [], flaky: [], dead: [], store: [] });
  expect(acknowledged.length).toBeGreaterThan(ROUNDS);
  // Each attempt whose wait was written counts: no more, no fewer than the policy says.
  expect(new Set(failing.map(({ progress }) => progress.attempts))).toEqual(new Set([RETRIES + 1]));
});
