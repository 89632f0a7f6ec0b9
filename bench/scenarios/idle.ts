import { setTimeout as pause } from 'node:timers/promises';
import { startWeir, usage } from '../processes.ts';
import { writeResources } from '../resources.ts';
import { row } from '../rows.ts';
import type { Scenario } from './scenario.ts';

/** A broker that nobody talks to. */
export const idle: Scenario = async ({ quick, folder, sink }) => {
  const seconds = quick ? 3 : 30;
  await using weir = await startWeir(await writeResources(`${folder}/weir.yaml`, { sink }), `${folder}/data`);
  await pause(5_000);
  const before = await usage(weir.pid);
  await pause(seconds * 1_000);
  const after = await usage(weir.pid);
  return [
    row({ name: 'idle: resident', unit: 'MiB', target: { atMost: 120 } }, [after.rssMib]),
    row({ name: 'idle: CPU', unit: '% of a core', target: { atMost: 0.5 } }, [
      ((after.cpuS - before.cpuS) / seconds) * 100,
    ]),
  ];
};
