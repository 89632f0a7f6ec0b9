import { fieldText, type Shown, type SubscriptionShown } from './resource-schema.ts';
import { age } from './output.ts';

/** One column of `weir get`: as kubectl prints the same kind. `wide` ones only with `-o wide`. */
interface Column {
  readonly heading: string;
  readonly wide?: boolean;
  readonly of: (resource: Shown, x: ColumnFacts) => string;
}

/** What columns show beside the resource. */
export interface ColumnFacts {
  readonly nowMs: number;
  readonly subscription?: SubscriptionShown | undefined;
}

const field = (heading: string, ...path: readonly string[]): Column => ({
  heading,
  of: (resource) => fieldText(resource, ...path),
});
const ready: readonly Column[] = [
  { heading: 'READY', of: (resource) => readyOf(resource)?.status ?? '' },
  { heading: 'REASON', of: (resource) => readyOf(resource)?.reason ?? '' },
];
const generation: Column = {
  heading: 'GENERATION',
  wide: true,
  of: (resource) => fieldText(resource, 'metadata', 'generation'),
};
const lag: readonly Column[] = [
  {
    heading: 'BACKLOG',
    wide: true,
    of: (_resource, { subscription }) => (subscription ? String(subscription.backlog) : ''),
  },
  {
    heading: 'OLDEST',
    wide: true,
    of: (_resource, { subscription, nowMs }) =>
      subscription?.oldestMs === undefined ? '' : age(nowMs - subscription.oldestMs),
  },
  {
    heading: 'DEAD',
    wide: true,
    of: (_resource, { subscription }) => (subscription ? String(subscription.deadLetters) : ''),
  },
];

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Broker: [field('URL', 'status', 'address', 'url'), ...ready, generation],
  Trigger: [
    field('BROKER', 'spec', 'broker'),
    field('SUBSCRIBER_URI', 'status', 'subscriberUri'),
    ...ready,
    ...lag,
    generation,
  ],
  PingSource: [field('SINK', 'status', 'sinkUri'), field('SCHEDULE', 'spec', 'schedule'), ...ready, generation],
  GitHubSource: [
    field('REPOSITORY', 'spec', 'ownerAndRepository'),
    field('SINK', 'status', 'sinkUri'),
    ...ready,
    generation,
  ],
};

/** Headings and cells of a table of resources of one kind. */
export function columns(
  kind: string,
  wide: boolean,
): { readonly headings: readonly string[]; readonly cells: (resource: Shown, x: ColumnFacts) => readonly string[] } {
  const own = (COLUMNS[kind] ?? []).filter((column) => wide || column.wide !== true);
  const all: readonly Column[] = [
    field('NAMESPACE', 'metadata', 'namespace'),
    field('NAME', 'metadata', 'name'),
    ...own,
  ];
  return {
    headings: all.map((column) => column.heading),
    cells: (resource, x) => all.map((column) => column.of(resource, x)),
  };
}

/** The condition that sums the others up. */
export function readyOf(
  resource: Shown,
):
  | { readonly status: string; readonly reason?: string | undefined; readonly message?: string | undefined }
  | undefined {
  return resource.status?.conditions?.find((condition) => condition.type === 'Ready');
}
