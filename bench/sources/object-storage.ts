import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { fillTopic, kafkaBench } from './kafka.ts';
import type { SourceBench } from './source-bench.ts';

const FIXTURE = new URL('../../test/fixtures/minio/created-put.json', import.meta.url);
const { raw } = z.object({ raw: z.string() }).parse(JSON.parse(readFileSync(FIXTURE, 'utf8')));

/** Notifications that a MinIO put into a topic, as it sends them, each of a request of its own. */
export const objectStorageBench: SourceBench = {
  ...kafkaBench,
  kind: 'ObjectStorageSource',
  by: 'kafka',
  fill: (address, name, count) =>
    fillTopic(address, name, {
      count,
      thing: (n) => raw.replace(/"x-amz-request-id":"\w+"/, `"x-amz-request-id":"${n.toString(16).padStart(16, '0')}"`),
    }),
  source: (address, name) => ({
    apiVersion: 'sources.weir.dev/v1alpha1',
    spec: { provider: 'minio', queue: { kafka: kafkaBench.source(address, name).spec } },
  }),
};
