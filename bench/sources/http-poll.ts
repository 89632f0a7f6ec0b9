import { request } from 'undici';
import { z } from 'zod';
import { httpPages } from './http-pages.ts';
import type { SourceBench } from './source-bench.ts';

const page = z.object({ items: z.array(z.unknown()), next: z.string() });

/** Pages of an HTTP API, one after the other: as many as one poll goes through. */
export const httpPollBench: SourceBench = {
  kind: 'HttpPollSource',
  server: httpPages,
  address: 'PAGES',
  things: 50_000,
  async fill(address, name, count) {
    const { body } = await request(`${address}/${name}?count=${count}`, { method: 'POST' });
    await body.dump();
  },
  source: (address, name) => ({
    apiVersion: 'sources.weir.dev/v1alpha1',
    spec: {
      url: `${address}/${name}`,
      interval: 'PT1S',
      items: '/items',
      id: '{body:/id}',
      cursor: { answer: '/next', parameter: 'after' },
    },
  }),
  async read(address, name, took) {
    for (let after = '0', more = true; more;) {
      const answer = await request(`${address}/${name}?after=${after}`);
      const { items, next } = page.parse(await answer.body.json());
      after = next;
      more = !took(items.length);
    }
  },
};
