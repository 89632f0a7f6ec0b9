/**
 * A broker inside a program, speaking the CloudEvent of the `cloudevents` SDK: `npx node examples/embed.ts`, which finds the Node.js that `npm ci` installed. What is published is on disk before `publish` resolves; the handler below fails
 * twice, so its event is tried three times.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudEvent } from 'cloudevents';
// In a program of your own: import { open } from '@weir-events/weir';
import { open } from '../broker/open.ts';

const data = await mkdtemp(join(tmpdir(), 'weir-embed-'));
const broker = await open({ data });

const done = Promise.withResolvers<void>();
let attempts = 0;
await broker.subscribe(
  { name: 'orders', filters: [{ exact: { type: 'order.created' } }], delivery: { retry: 5, backoffDelay: 'PT0.1S' } },
  (event) => {
    attempts += 1;
    console.log(`attempt ${attempts}: ${event.type} ${event.id} ${JSON.stringify(event.data)}`);
    if (attempts < 3) throw new Error('not yet');
    done.resolve();
  },
);

await broker.publish(new CloudEvent({ source: '/shop', type: 'order.created', data: { order: 42 } }));
await broker.publish(new CloudEvent({ source: '/shop', type: 'order.shipped', data: { order: 41 } }));
await done.promise;
await broker.close();
await rm(data, { recursive: true });
