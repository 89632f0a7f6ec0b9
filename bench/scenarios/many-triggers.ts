import { cpuOf } from '../load.ts';
import { startWeir } from '../processes.ts';
import { writeResources } from '../resources.ts';
import { row } from '../rows.ts';
import type { Scenario } from './scenario.ts';

/** 10,000 triggers of which one matches, against one: work per event follows what matches, not what is declared. */
export const manyTriggers: Scenario = async (bench) => {
  const { load, quick, folder, sink } = bench;
  const many = quick ? 1_000 : 10_000;
  await using one = await startWeir(await writeResources(`${folder}/one.yaml`, { sink }), `${folder}/one`);
  await using all = await startWeir(
    await writeResources(`${folder}/many.yaml`, { sink, triggers: many }),
    `${folder}/many`,
  );
  bench.say(`ready with ${many} triggers after ${Math.round(all.readyMs)} ms`);
  const events = quick ? 3_000 : 40_000;
  for (const { url, pid } of [one, all]) await load({ url, pid, events });
  const ratios: number[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    const alone = await load({ url: one.url, pid: one.pid, events });
    const among = await load({ url: all.url, pid: all.pid, events });
    ratios.push(cpuOf(among) / cpuOf(alone));
  }
  return [
    row({ name: `${many} triggers, one matches: CPU per event`, unit: 'x 1 trigger', target: { atMost: 1.2 } }, ratios),
    row({ name: `${many} triggers: start to ready`, unit: 'ms' }, [all.readyMs]),
  ];
};
