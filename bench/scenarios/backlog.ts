import { setTimeout as pause } from 'node:timers/promises';
import { startWeir, usage } from '../processes.ts';
import { writeResources } from '../resources.ts';
import { row } from '../rows.ts';
import { silentSink } from '../silent-sink.ts';
import type { Scenario } from './scenario.ts';

const SETTLE_MS = 5_000;
/** The subscriber takes what it is given and is silent: nothing settles, and no attempt ends while we measure. */
const PATIENT = '  delivery: { timeout: PT1H }';

/** A million events that nobody takes: they are on disk, not in memory, and a start does not read them all. */
export const backlog: Scenario = async ({ load, quick, folder, say }) => {
  const events = quick ? 20_000 : 1_000_000;
  await using sink = await silentSink();
  const resources = await writeResources(`${folder}/weir.yaml`, { sink: sink.url, delivery: PATIENT });
  const empty = await emptyRss(resources, `${folder}/empty`);
  let full: number;
  {
    await using weir = await startWeir(resources, `${folder}/data`);
    await load({ url: weir.url, pid: weir.pid, events, delivered: false });
    await pause(SETTLE_MS);
    full = (await usage(weir.pid)).rssMib;
    say(`${events} accepted, ${Math.round(full)} MiB resident against ${Math.round(empty)} when empty; kill -9`);
    await weir.kill();
  }
  await using again = await startWeir(resources, `${folder}/data`);
  await pause(SETTLE_MS);
  const restarted = (await usage(again.pid)).rssMib;
  const name = `backlog of ${events.toLocaleString('en')}`;
  return [
    row({ name: `${name}: resident above empty`, unit: 'MiB', target: { atMost: 200 } }, [full - empty]),
    row({ name: `${name}: resident above empty after a restart`, unit: 'MiB', target: { atMost: 200 } }, [
      restarted - empty,
    ]),
    row({ name: `${name}: kill -9, start to ready`, unit: 'ms', target: { atMost: 2_000 } }, [again.readyMs]),
  ];
};

async function emptyRss(resources: string, data: string): Promise<number> {
  await using weir = await startWeir(resources, data);
  await pause(SETTLE_MS);
  return (await usage(weir.pid)).rssMib;
}
