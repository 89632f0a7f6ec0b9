import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../crds/kinds.ts';
import { parse } from '../../crds/parse.ts';

interface Row {
  readonly kind: string;
  readonly apiVersion: string;
  readonly here: string;
  readonly today: string;
  readonly line: string;
}

const ROWS: readonly Row[] = readFileSync(new URL('../../docs/reference/kinds.md', import.meta.url), 'utf8')
  .split('\n')
  .flatMap((text) => {
    const [, kind = '', apiVersion = '', here = '', today = '', line = ''] =
      /^\| (\w+) \| `([\w./]+)` \| ([^|]+) \| ([^|]+) \| (.+) \|$/.exec(text) ?? [];
    return kind === '' ? [] : [{ kind, apiVersion, here, today, line }];
  });

/** Knative Eventing's own kinds and those of its extensions, at the end of July 2026. */
const KNATIVE = {
  'eventing.knative.dev':
    'Broker Trigger EventType EventPolicy RequestReply EventTransform KafkaSink RabbitmqBrokerConfig',
  'messaging.knative.dev': 'Channel InMemoryChannel KafkaChannel Subscription',
  'flows.knative.dev': 'Sequence Parallel',
  'sources.knative.dev':
    'PingSource ApiServerSource ContainerSource SinkBinding IntegrationSource KafkaSource RabbitmqSource GitHubSource RedisStreamSource',
  'sinks.knative.dev': 'IntegrationSink JobSink RedisStreamSink',
};

/** What a file that declares one gets. */
function today({ apiVersion, kind }: Row): string {
  const parsed = parse({ apiVersion, kind, metadata: { name: 'one' }, spec: {} });
  if (parsed.is === 'foreign') return 'passed over';
  return parsed.is === 'refused' && parsed.code === 'resource-unsupported' ? 'refused' : 'served';
}

const key = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string =>
  `${apiVersion}/${kind}`;

describe('docs/reference/kinds.md', () => {
  test('what it calls served is what is served, and nothing else is', () => {
    const served = ROWS.filter(({ here }) => here === 'served').map(key);
    expect(served.sort()).toEqual(KINDS.map(key).sort());
  });

  test('names every kind of Knative', () => {
    const named = new Set(ROWS.map(({ apiVersion, kind }) => `${apiVersion.split('/')[0]}/${kind}`));
    const all = Object.entries(KNATIVE).flatMap(([group, kinds]) => kinds.split(' ').map((kind) => `${group}/${kind}`));
    expect(all.filter((one) => !named.has(one))).toEqual([]);
  });

  test('has one row for each, served, later or refused', () => {
    expect(new Set(ROWS.map(key)).size).toBe(ROWS.length);
    expect(ROWS.filter(({ here }) => !['served', 'later', 'refused'].includes(here))).toEqual([]);
  });

  test.each(ROWS.filter(({ here }) => here !== 'served'))('$kind $apiVersion is $today, as it says', (row) => {
    expect(today(row)).toBe(row.today);
  });
});
