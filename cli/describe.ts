import { deliverySpec, type DeliverySpec } from '../crds/delivery.ts';
import { systemClock } from '../events/clock.ts';
import { RefusedError, quoted } from '../events/errors.ts';
import { effectivePolicy, type DeliveryPolicy } from '../triggers/policy.ts';
import { AdminClient, type AskOptions } from './client.ts';
import { readyOf } from './columns.ts';
import { DONE } from './failure.ts';
import { chosen, isSourceKind, sourceOf, sources, subscriptions } from './get.ts';
import { age, painter, table, visible, type Terminal } from './output.ts';
import { fieldText, resourcesAnswer, type Shown, type SourceShown, type SubscriptionShown } from './resource-schema.ts';

/** The flags of `weir describe`. */
export interface DescribeFlags extends AskOptions {
  readonly namespace?: string;
  readonly json?: boolean;
}

/** Prints one resource with its conditions; a trigger with its backlog and the delivery policy that counts. */
export async function describeCommand(
  what: { readonly kind: string; readonly name: string },
  flags: DescribeFlags,
  terminal: Terminal,
): Promise<number> {
  const client = await AdminClient.of(flags);
  const { kind, items } = await client.get(`/api/v1/resources/${encodeURIComponent(what.kind)}`, resourcesAnswer);
  const found = items.filter((item) => chosen(item, what.name, flags.namespace));
  const [one, other] = found;
  if (!one)
    throw new RefusedError(
      'not-found',
      `${kind.toLowerCase()} ${quoted(what.name)}: there is none; \`weir get ${what.kind}\` lists those there are`,
    );
  if (other)
    throw new RefusedError(
      'usage',
      `${kind.toLowerCase()} ${quoted(what.name)}: is in several namespaces; name one with -n`,
    );
  const subscription =
    kind === 'Trigger'
      ? (await subscriptions(client)).get(`${one.metadata.namespace}/${one.metadata.name}`)
      : undefined;
  const policy =
    kind === 'Trigger' ? effectivePolicy(deliveryOf(one), deliveryOf(await brokerOf(one, client))) : undefined;
  const source = isSourceKind(kind) ? sourceOf(await sources(client), one) : undefined;
  const facts = { ...(subscription && { subscription }), ...(policy && { policy }), ...(source && { source }) };
  if (flags.json === true) terminal.out.write(`${JSON.stringify({ ...one, ...facts }, null, 2)}\n`);
  else terminal.out.write(await text(one, facts, terminal));
  return DONE;
}

interface Facts {
  readonly subscription?: SubscriptionShown;
  readonly policy?: DeliveryPolicy;
  readonly source?: SourceShown;
}

async function text(resource: Shown, { subscription, policy, source }: Facts, terminal: Terminal): Promise<string> {
  const paint = painter(terminal.out, terminal.env);
  const { stringify } = await import('yaml');
  const { conditions = [], ...status } = resource.status ?? {};
  const ready = readyOf(resource);
  const head = [
    ['Name:', resource.metadata.name],
    ['Namespace:', resource.metadata.namespace],
    ['Kind:', `${resource.kind} (${resource.apiVersion})`],
    // A Secret, say, has no conditions: it is there, and that is all.
    ...(resource.status === undefined ? [] : [['Ready:', readyText(ready)]]),
    ...(policy ? [['Delivery:', policyText(policy)]] : []),
    ...(subscription ? lag(subscription) : []),
    ...(source ? did(source, systemClock.now()) : []),
  ];
  const rows = conditions.map((one) => [one.type, one.status, one.reason ?? '', one.message ?? '']);
  const { apiVersion, kind, metadata, status: _status, ...rest } = resource;
  void [apiVersion, kind, metadata];
  const sections = [
    head.map(([name = '', value = '']) => `${paint('bold', name.padEnd(12))} ${visible(value)}\n`).join(''),
    visible(stringify(rest)),
    Object.keys(status).length === 0 ? '' : visible(stringify({ status })),
    rows.length === 0
      ? ''
      : table(
          ['CONDITION', 'STATUS', 'REASON', 'MESSAGE'],
          rows.map((row) => row.map(visible)),
        ),
  ];
  return sections.filter((section) => section !== '' && section !== '{}\n').join('\n');
}

function readyText(ready: ReturnType<typeof readyOf>): string {
  if (!ready) return 'Unknown';
  return ready.message === undefined ? ready.status : `${ready.status}: ${ready.message}`;
}

function lag(subscription: SubscriptionShown): readonly (readonly [string, string])[] {
  const oldest =
    subscription.oldestMs === undefined ? '' : `, the oldest for ${age(systemClock.now() - subscription.oldestMs)}`;
  return [
    ['Backlog:', `${subscription.backlog}${oldest}`],
    [
      'Dead:',
      `${subscription.deadLetters} dead letters${subscription.held === undefined ? '' : `; held (${subscription.held})`}`,
    ],
  ];
}

/** What a source did since it was started, and what went wrong last. */
function did(source: SourceShown, nowMs: number): readonly (readonly [string, string])[] {
  const { emitted, skipped = 0, restarts = 0, failures = 0, deadLetters = 0, lag, lastEventAtMs, lastError } = source;
  if (emitted === undefined) return [['Emitted:', 'nothing: it does not run']];
  const last = lastEventAtMs === undefined ? '' : `, the last ${age(nowMs - lastEventAtMs)} ago`;
  return [
    ['Emitted:', `${emitted} since it was started${last}`],
    ...(lag === undefined ? [] : [['Lag:', String(lag)] as const]),
    ['Skipped:', String(skipped)],
    ['Dead:', `${deadLetters} dead letters`],
    ['Failures:', `${failures}, restarted ${restarts} ${restarts === 1 ? 'time' : 'times'}`],
    ...(lastError === undefined
      ? []
      : [['Last error:', `${age(nowMs - lastError.atMs)} ago: ${lastError.message}`] as const]),
  ];
}

async function brokerOf(trigger: Shown, client: AdminClient): Promise<Shown | undefined> {
  const { items } = await client.get('/api/v1/resources/broker', resourcesAnswer);
  const name = fieldText(trigger, 'spec', 'broker');
  return items.find((item) => item.metadata.namespace === trigger.metadata.namespace && item.metadata.name === name);
}

/** The delivery spec of a resource that the process has accepted; undefined if it has none. */
function deliveryOf(resource: Shown | undefined): DeliverySpec | undefined {
  const parsed = deliverySpec.safeParse(resource?.spec?.['delivery']);
  return parsed.success ? parsed.data : undefined;
}

/** What counts for a trigger after all defaults. */
function policyText(policy: DeliveryPolicy): string {
  const { retry, backoff, delayMs, timeoutMs } = policy;
  const waits = retry === 0 ? '' : `, ${backoff} from ${delayMs} ms`;
  return `${retry === 0 ? 'no retries' : `${retry} ${retry === 1 ? 'retry' : 'retries'}`}${waits}, each attempt at most ${timeoutMs / 1000} s`;
}
