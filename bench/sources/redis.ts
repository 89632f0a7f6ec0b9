import { Redis } from 'ioredis';
import { pieces, THING, type SourceBench } from './source-bench.ts';

/** A stream, read by a group of one consumer. */
export const redisBench: SourceBench = {
  kind: 'RedisStreamSource',
  server: 'redis',
  address: 'REDIS',
  things: 60_000,
  async fill(address, name, count) {
    const redis = new Redis(address, { protocol: 2 });
    for (const piece of pieces(count, 1000)) {
      const pipeline = redis.pipeline();
      for (const n of piece) pipeline.xadd(name, '*', 'n', String(n), 'data', THING);
      await pipeline.exec();
    }
    await redis.xgroup('CREATE', name, 'bench', '0');
    redis.disconnect();
  },
  source: (address, name) => ({
    apiVersion: 'sources.knative.dev/v1alpha1',
    spec: { address, stream: name, group: 'bench' },
  }),
  async read(address, name, took) {
    const redis = new Redis(address, { protocol: 2 });
    for (let more = true; more;) {
      const found: unknown = await redis.call(
        ...(['XREADGROUP', 'GROUP', 'bench', 'bare', 'COUNT', '500', 'BLOCK', '5000', 'STREAMS', name, '>'] as const),
      );
      const ids = idsOf(found);
      if (ids.length > 0) await redis.xack(name, 'bench', ...ids);
      more = !took(ids.length);
    }
    redis.disconnect();
  },
};

/** The ids in an answer to XREADGROUP of one stream: [[stream, [[id, fields]...]]]. */
function idsOf(found: unknown): string[] {
  const [stream]: unknown[] = Array.isArray(found) ? found : [];
  const entries: unknown = Array.isArray(stream) ? stream[1] : [];
  return Array.isArray(entries) ? entries.map((entry: unknown) => (Array.isArray(entry) ? String(entry[0]) : '')) : [];
}
