import { KINDS } from '../crds/kinds.ts';
import { age } from './output.ts';
import { fieldText, type Shown, type SourceShown, type SubscriptionShown } from './resource-schema.ts';

/** One column of `weir get`: as kubectl prints the same kind. `wide` ones only with `-o wide`. */
interface Column {
  readonly heading: string;
  readonly wide?: boolean;
  readonly of: (resource: Shown, x: ColumnFacts) => string;
}

const MESSAGE_MAX = 80;

/** What columns show beside the resource. */
export interface ColumnFacts {
  readonly nowMs: number;
  readonly subscription?: SubscriptionShown | undefined;
  readonly source?: SourceShown | undefined;
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

/** What a source did since it was opened; empty where it does not run or its kind does not know. */
const counts: readonly Column[] = [
  { heading: 'EMITTED', of: (_resource, { source }) => text(source?.emitted) },
  { heading: 'LAG', of: (_resource, { source }) => text(source?.lag) },
  { heading: 'LAST EVENT', of: (_resource, { source, nowMs }) => since(source?.lastEventAtMs, nowMs) },
  { heading: 'RESTARTS', of: (_resource, { source }) => text(source?.restarts) },
  { heading: 'DEAD', of: (_resource, { source }) => text(source?.deadLetters) },
  {
    heading: 'LAST ERROR',
    of: (_resource, { source, nowMs }) => {
      const { lastError } = source ?? {};
      return lastError === undefined ? '' : `${since(lastError.atMs, nowMs)} ago: ${cut(lastError.message)}`;
    },
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
  Source: [field('KIND', 'kind'), field('SINK', 'status', 'sinkUri'), ...ready, ...counts, generation],
  ...Object.fromEntries(
    KINDS.flatMap(({ kind, source, sink }) => {
      if (source) return [[kind, sourceColumns(source.column)] as const];
      return sink ? [[kind, [field('URL', 'status', 'address', 'url'), ...ready, generation]] as const] : [];
    }),
  ),
};

function sourceColumns([heading, ...steps]: readonly [string, ...(readonly string[])]): readonly Column[] {
  return [field('SINK', 'status', 'sinkUri'), field(heading, 'spec', ...steps), ...ready, ...counts, generation];
}

function text(count: number | undefined): string {
  return count === undefined ? '' : String(count);
}

function since(atMs: number | undefined, nowMs: number): string {
  return atMs === undefined ? '' : age(nowMs - atMs);
}

/** A line that leaves room for the others; `weir describe` shows all of it. */
function cut(message: string): string {
  return message.length <= MESSAGE_MAX ? message : `${message.slice(0, MESSAGE_MAX - 1)}…`;
}

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
