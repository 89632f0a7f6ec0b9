import { KINDS } from '../crds/kinds.ts';
import { systemClock } from '../events/clock.ts';
import { RefusedError, quoted } from '../events/errors.ts';
import { AdminClient, type AskOptions } from './client.ts';
import { columns } from './columns.ts';
import { DONE, FAILED } from './failure.ts';
import { table, visible, type Terminal } from './output.ts';
import {
  resourcesAnswer,
  sourcesAnswer,
  subscriptionsAnswer,
  type Shown,
  type SourceShown,
  type SubscriptionShown,
} from './resource-schema.ts';

/** The flags of `weir get`. */
export interface GetFlags extends AskOptions {
  readonly namespace?: string;
  readonly output?: 'json' | 'yaml' | 'wide';
  readonly json?: boolean;
}

/** Prints resources of a kind, or one of them. Exit code 1 if there is none of that name. */
export async function getCommand(
  what: { readonly kind: string; readonly name: string | undefined },
  flags: GetFlags,
  terminal: Terminal,
): Promise<number> {
  const client = await AdminClient.of(flags);
  const { kind, items, refused } = await client.get(
    `/api/v1/resources/${encodeURIComponent(what.kind)}`,
    resourcesAnswer,
  );
  const found = items.filter((item) => chosen(item, what.name, flags.namespace));
  if (found.length === 0 && what.name !== undefined) {
    throw new RefusedError(
      'not-found',
      `${kind.toLowerCase()} ${quoted(what.name)}: there is none; \`weir get ${what.kind}\` lists those there are`,
    );
  }
  const output = flags.json === true ? 'json' : flags.output;
  if (output === 'json')
    terminal.out.write(`${JSON.stringify(what.name === undefined ? list(found) : found[0], null, 2)}\n`);
  else if (output === 'yaml') terminal.out.write(await yamlOf(what.name === undefined ? list(found) : found[0]));
  else {
    const lag =
      output === 'wide' && kind === 'Trigger' ? await subscriptions(client) : new Map<string, SubscriptionShown>();
    const states = isSourceKind(kind) ? await sources(client) : new Map<string, SourceShown>();
    terminal.out.write(found.length === 0 ? '' : tableOf(kind, found, { wide: output === 'wide', lag, states }));
    if (found.length === 0)
      terminal.err.write(`no ${kind} is declared${flags.namespace === undefined ? '' : ` in ${flags.namespace}`}\n`);
  }
  for (const message of refused) terminal.err.write(`refused: ${visible(message)}\n`);
  return found.length === 0 && what.name !== undefined ? FAILED : DONE;
}

/** Backlogs by `<namespace>/<trigger>`. */
export async function subscriptions(client: AdminClient): Promise<ReadonlyMap<string, SubscriptionShown>> {
  const { items } = await client.get('/api/v1/subscriptions', subscriptionsAnswer);
  return new Map(items.map((item) => [item.name, item]));
}

/** What sources did by `<namespace>/<kind>/<name>`. */
export async function sources(client: AdminClient): Promise<ReadonlyMap<string, SourceShown>> {
  const { items } = await client.get('/api/v1/sources', sourcesAnswer);
  return new Map(items.map((item) => [`${item.namespace}/${item.kind}/${item.name}`, item]));
}

/** What a source did; undefined for what is none, or does not run. */
export function sourceOf(states: ReadonlyMap<string, SourceShown>, { kind, metadata }: Shown): SourceShown | undefined {
  return states.get(`${metadata.namespace}/${kind}/${metadata.name}`);
}

/** Whether `kind`, as the admin API names it, is one of sources, or all of them. */
export function isSourceKind(kind: string): boolean {
  return kind === 'Source' || KINDS.some((one) => one.kind === kind && one.source !== undefined);
}

/** Whether a resource is what was asked for; a name may be `namespace/name`. */
export function chosen(item: Shown, name: string | undefined, namespace: string | undefined): boolean {
  const { metadata } = item;
  if (namespace !== undefined && metadata.namespace !== namespace) return false;
  return name === undefined || metadata.name === name || `${metadata.namespace}/${metadata.name}` === name;
}

function tableOf(
  kind: string,
  items: readonly Shown[],
  x: {
    readonly wide: boolean;
    readonly lag: ReadonlyMap<string, SubscriptionShown>;
    readonly states: ReadonlyMap<string, SourceShown>;
  },
): string {
  const { headings, cells } = columns(kind, x.wide);
  const nowMs = systemClock.now();
  const rows = items.map((item) =>
    cells(item, {
      nowMs,
      subscription: x.lag.get(`${item.metadata.namespace}/${item.metadata.name}`),
      source: sourceOf(x.states, item),
    }).map(visible),
  );
  return table(headings, rows);
}

function list(items: readonly Shown[]): unknown {
  return { apiVersion: 'v1', kind: 'List', items };
}

async function yamlOf(value: unknown): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(value);
}
