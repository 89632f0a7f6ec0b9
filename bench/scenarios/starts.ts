import { request } from 'node:http';
import { startWeir } from '../processes.ts';
import { writeResources } from '../resources.ts';
import { row } from '../rows.ts';
import { silentSink } from '../silent-sink.ts';
import type { Bench, Scenario } from './scenario.ts';

const TIMES = 5;

/** From the command typed to the first event accepted, in an empty folder. */
export const firstAccepted: Scenario = async (bench) => {
  const { folder, sink } = bench;
  const resources = await writeResources(`${folder}/weir.yaml`, { sink });
  const tookMs: number[] = [];
  for (let time = 0; time < times(bench); time += 1) {
    const at = performance.now();
    await using weir = await startWeir(resources, `${folder}/data-${time}`);
    await send(weir.url, String(time));
    tookMs.push(performance.now() - at);
  }
  return [row({ name: 'serve to first event accepted', unit: 'ms', target: { atMost: 1_000 } }, tookMs)];
};

/** `kill -9` with deliveries in flight; from the next start of the process to the first delivery that comes again. */
export const firstRedelivery: Scenario = async (bench) => {
  const { folder } = bench;
  await using sink = await silentSink();
  const resources = await writeResources(`${folder}/weir.yaml`, { sink: sink.url });
  const tookMs: number[] = [];
  for (let time = 0; time < times(bench); time += 1) {
    const data = `${folder}/data-${time}`;
    {
      await using weir = await startWeir(resources, data);
      const delivered = sink.next();
      await send(weir.url, String(time));
      await delivered;
      await weir.kill();
    }
    const at = performance.now();
    const again = sink.next();
    await using _weir = await startWeir(resources, data);
    tookMs.push((await again) - at);
  }
  return [row({ name: 'kill -9, start to first redelivery', unit: 'ms', target: { atMost: 1_000 } }, tookMs)];
};

function times({ quick }: Bench): number {
  return quick ? 1 : TIMES;
}

/** Sends one event; resolves when it was accepted. */
function send(url: string, id: string): Promise<void> {
  const headers = { 'ce-specversion': '1.0', 'ce-type': 'bench.event', 'ce-source': '/bench', 'ce-id': id };
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', headers, agent: false }, (response) => {
      response.resume();
      if (response.statusCode === 202) resolve();
      else reject(new Error(`bench: ${url} answered ${response.statusCode}`));
    });
    outgoing.on('error', reject).end('{}');
  });
}
