import type { Status } from '../crds/conditions.ts';
import { isSource, kindOf, type SourceResource } from '../crds/kinds.ts';
import { conditions, no, OIDC_DISABLED, resolved, told, TRUE, type Judgement } from './conditions.ts';
import type { RemovedSourcePlan, SourcePlan } from './plan.ts';
import { heldBecause, type Reconciling } from './reconciling.ts';
import { resolve, type Resolution } from './resolve.ts';
import { secretValues, secretValuesThere, variablesOf, type SecretValues } from './secrets.ts';
import type { Declared } from './store.ts';

/** What becomes of one source. */
export interface ReconciledSource {
  readonly plan: SourcePlan;
  readonly status: Status;
}

type Source = SourceResource & Declared;

/** One source: it waits until its sink and its secrets are known. [Knative duck Source] */
export function reconcileSource(source: Source, x: Reconciling): ReconciledSource {
  const { metadata, spec, status: previous, kind } = source;
  const { namespace, name, uid, generation } = metadata;
  const { directory, world } = x;
  const sink = resolve(spec.sink, { namespace, path: 'spec.sink', directory, world });
  const secrets = secretValues(source, x);
  const held = heldBecause(source, x);
  const facts = x.facts.source({ namespace, name, kind });
  const types = kindOf(source)?.conditions ?? [];
  const judge = (type: string): Judgement => {
    if (type === 'SinkProvided') return resolved(sink);
    if (type === 'SecretsProvided') return 'values' in secrets ? TRUE : no(secrets.reason, secrets.message);
    if (type === 'OIDCIdentityCreated') return OIDC_DISABLED;
    if (held !== undefined) return no('Refused', held);
    // Where Knative has no condition for its secrets, those that wait for them say so.
    if ('reason' in secrets && !types.includes('SecretsProvided')) return no(secrets.reason, secrets.message);
    return unregistered(source, x) ?? told(facts?.conditions[type], 'it is being started');
  };
  const judgements = Object.fromEntries(types.map((type) => [type, judge(type)]));
  const status: Status = {
    ...facts?.status,
    observedGeneration: generation,
    conditions: conditions(judgements, { previous, now: world.now }),
    ...sinkFields(sink),
    ceAttributes: kindOf(source)?.source?.emits(source) ?? [],
    ...addressOf(source, x),
  };
  const waiting = held ?? messageOf(sink) ?? messageOf(secrets);
  const overrides = spec.ceOverrides?.extensions;
  const plan: SourcePlan = {
    namespace,
    name,
    kind,
    uid,
    generation,
    spec,
    labels: metadata.labels,
    secrets: 'values' in secrets ? secrets.values : new Map(),
    sink: sinkOf(sink),
    ...(overrides ? { ceOverrides: overrides } : {}),
    ...(waiting === undefined ? {} : { waiting }),
  };
  return { plan, status };
}

/** The sources among what is gone, with their secrets where those are still there. */
export function removedSources({ snapshot, directory, world }: Reconciling): readonly RemovedSourcePlan[] {
  const gone = snapshot.removed.filter(({ resource }) => isSource(resource));
  if (gone.length === 0) return [];
  // A variable that another resource reads now may be meant for that one alone.
  const variables = variablesOf([...snapshot.resources, ...gone.map(({ resource }) => resource)]);
  return gone.map(({ resource, uid, removedAtMs }) => {
    const { namespace, name } = resource.metadata;
    return {
      namespace,
      name,
      kind: resource.kind,
      uid,
      removedAtMs,
      spec: 'spec' in resource ? resource.spec : undefined,
      secrets: secretValuesThere(resource, { directory, world, variables }),
    };
  });
}

// A Broker of this process is handed its events. Without a sink the source waits, and this stands for none.
function sinkOf(sink: Resolution): SourcePlan['sink'] {
  if (!('target' in sink)) return { url: '', broker: false };
  return sink.broker ? { broker: sink.broker } : sink.target;
}

function sinkFields(sink: Resolution): Readonly<Record<string, string>> {
  if (!('target' in sink)) return {};
  const { url, caCerts } = sink.target;
  return { sinkUri: url, ...(caCerts === undefined ? {} : { sinkCACerts: caCerts }) };
}

// It takes events all the same: whoever registered the webhook by hand, or before, gets them in.
function unregistered(source: Source, { world }: Reconciling): Judgement | undefined {
  const field = kindOf(source)?.source?.registers?.(source);
  if (field === undefined || world.publicUrl !== undefined) return undefined;
  const what = `${field}: asks for the webhook to be registered, but its sender must be told where to send`;
  return no('PublicUrlMissing', `${what}; start weir with --public-url URL`);
}

function addressOf(source: Source, { world }: Reconciling): Readonly<Record<string, unknown>> {
  const kind = kindOf(source);
  if (kind?.source?.called(source) !== true) return {};
  const { namespace, name } = source.metadata;
  return {
    address: { url: `${world.publicUrl ?? world.ingressUrl}/-/sources/${namespace}/${kind.singular}/${name}` },
  };
}

function messageOf(result: Resolution | SecretValues): string | undefined {
  return 'reason' in result ? result.message : undefined;
}
