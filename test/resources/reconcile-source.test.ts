import { describe, expect, test } from 'vitest';
import type { SourcePlan } from '../../resources/plan.ts';
import { reconcile, type Reconciled } from '../../resources/reconcile.ts';
import {
  broker,
  facts,
  github,
  ping,
  redisStream,
  ref,
  secret,
  shown,
  snapshot,
  statusOf,
  trigger,
  world,
} from './fixtures.ts';

const HOOK = secret('hook', { token: 's3cret' });

function onlyPlan(result: Reconciled): SourcePlan {
  const [plan, ...more] = result.plan.sources;
  if (!plan || more.length > 0) throw new Error('not one source in the plan');
  return plan;
}

describe('a PingSource', () => {
  test('has the conditions and fields Knative gives it [PingSource status]', () => {
    const one = ping('tick', { ceOverrides: { extensions: { a: 'b' } } });
    const result = reconcile(snapshot([one]), world(), facts());
    const status = statusOf(result, one);
    expect(status.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Deployed=True',
      'OIDCIdentityCreated=True',
      'Ready=True',
      'SinkProvided=True',
    ]);
    expect(status).toMatchObject({
      sinkUri: 'http://sink.example/',
      ceAttributes: [{ type: 'dev.knative.sources.ping', source: '/apis/v1/namespaces/default/pingsources/tick' }],
    });
    expect(onlyPlan(result)).toMatchObject({
      kind: 'PingSource',
      sink: { url: 'http://sink.example/', broker: false },
      ceOverrides: { a: 'b' },
    });
  });

  test('hands its events to a Broker of this process, and shows that one’s address', () => {
    const one = ping('tick', { sink: ref('Broker', 'default') });
    const result = reconcile(snapshot([broker('default'), one]), world(), facts());
    expect(onlyPlan(result).sink).toEqual({ broker: { namespace: 'default', name: 'default' } });
    expect(statusOf(result, one)['sinkUri']).toBe('http://127.0.0.1:8080/default/default');
  });

  test('whose sink is not known waits', () => {
    const one = ping('tick', { sink: ref('Broker', 'nowhere') });
    const result = reconcile(snapshot([one]), world(), facts());
    const message =
      'spec.sink.ref: the address of Broker default/nowhere is not known; declare it, or start weir with --map default/broker/nowhere=URL';
    expect(shown(statusOf(result, one), 'Ready')).toBe(`Ready=False AddressUnknown: ${message}`);
    expect(onlyPlan(result).waiting).toBe(message);
  });

  test('whose declaration is refused waits and says so', () => {
    const one = ping('tick');
    const held = new Map([['sources.knative.dev/v1/PingSource/default/tick', 'a.yaml:2: is wrong']]);
    const result = reconcile(snapshot([one], { held }), world(), facts());
    expect(onlyPlan(result).waiting).toContain('a.yaml:2: is wrong');
    expect(shown(statusOf(result, one), 'Deployed')).toContain('Deployed=False Refused');
  });

  test('shows what the process reports beside conditions', () => {
    const one = ping('tick');
    const known = facts({ source: () => ({ conditions: {}, status: { missed: 3 } }) });
    expect(statusOf(reconcile(snapshot([one]), world(), known), one)['missed']).toBe(3);
  });
});

describe('a source that is gone', () => {
  const accessToken = { secretKeyRef: { name: 'api', key: 'token' } };
  const one = github('repo', { accessToken });
  const removed = [{ resource: one, uid: 'uid-repo', removedAtMs: 5 }];

  test('is in the plan as it was, with the secrets that are still there', () => {
    const { plan, statuses } = reconcile(snapshot([HOOK], { removed }), world(), facts());
    expect(plan.sources).toEqual([]);
    expect(plan.removedSources).toEqual([
      {
        namespace: 'default',
        name: 'repo',
        kind: 'GitHubSource',
        uid: 'uid-repo',
        removedAtMs: 5,
        spec: one.kind === 'GitHubSource' && one.spec,
        secrets: new Map([['hook/token', 's3cret']]),
      },
    ]);
    expect(statuses).toEqual([]);
  });

  test('takes no variable that another may mean', () => {
    const env = { WEIR_SECRET_DEFAULT_A_B_TOKEN: 'another’s' };
    const token = (name: string) => ({ secretToken: { secretKeyRef: { name, key: 'token' } } });
    const gone = { resource: github('repo', token('a.b')), uid: 'u', removedAtMs: 5 };
    const secretsWith = (name: string): unknown =>
      reconcile(snapshot([github('other', token(name))], { removed: [gone] }), world({ env }), facts()).plan
        .removedSources[0]?.secrets;
    expect([secretsWith('a-b'), secretsWith('a.b')]).toEqual([new Map(), new Map([['a.b/token', 'another’s']])]);
  });

  test('is not looked for among Brokers and Triggers', () => {
    const gone = [broker('b'), trigger('t')].map((resource) => ({ resource, uid: 'u', removedAtMs: 5 }));
    expect(reconcile(snapshot([], { removed: gone }), world(), facts()).plan.removedSources).toEqual([]);
  });
});

describe('a RedisStreamSource', () => {
  test('without its secret waits and says so, though it has no condition for it', () => {
    const one = redisStream('orders');
    const missing =
      'False SecretMissing: key token of Secret default/hook is missing; declare it, or set WEIR_SECRET_DEFAULT_HOOK_TOKEN';
    const without = statusOf(reconcile(snapshot([one]), world(), facts()), one);
    expect([shown(without, 'Deployed'), shown(without, 'Ready')]).toEqual([`Deployed=${missing}`, `Ready=${missing}`]);
    const started = statusOf(reconcile(snapshot([HOOK, one]), world(), facts()), one);
    expect(shown(started, 'Ready')).toBe('Ready=True');
  });
});

describe('a GitHubSource', () => {
  test('has the conditions and fields Knative gives it [GitHubSource status]', () => {
    const one = github('repo');
    const result = reconcile(snapshot([HOOK, one]), world({ publicUrl: 'https://weir.example' }), facts());
    const status = statusOf(result, one);
    expect(status.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Ready=True',
      'SecretsProvided=True',
      'SinkProvided=True',
      'WebhookConfigured=True',
    ]);
    expect(status).toMatchObject({
      address: { url: 'https://weir.example/-/sources/default/githubsource/repo' },
      ceAttributes: [
        { type: 'dev.knative.source.github.push', source: 'https://github.com/octo/repo' },
        { type: 'dev.knative.source.github.issues', source: 'https://github.com/octo/repo' },
      ],
    });
    expect(onlyPlan(result).secrets).toEqual(new Map([['hook/token', 's3cret']]));
  });

  test('that must register its webhook and cannot says which flag to add, and takes events all the same', () => {
    const one = github('repo', { accessToken: { secretKeyRef: { name: 'hook', key: 'token' } } });
    const result = reconcile(snapshot([HOOK, one]), world(), facts());
    expect(shown(statusOf(result, one), 'WebhookConfigured')).toBe(
      'WebhookConfigured=False PublicUrlMissing: spec.accessToken: asks for the webhook to be registered, but its sender must be told where to send; start weir with --public-url URL',
    );
    expect(onlyPlan(result)).not.toHaveProperty('waiting');
  });

  test('without an access token needs no public address', () => {
    const one = github('repo');
    const result = reconcile(snapshot([HOOK, one]), world(), facts());
    expect(shown(statusOf(result, one), 'Ready')).toBe('Ready=True');
    expect(statusOf(result, one)['address']).toEqual({
      url: 'http://127.0.0.1:8080/-/sources/default/githubsource/repo',
    });
  });

  test('without its secret waits', () => {
    const one = github('repo');
    const result = reconcile(snapshot([one]), world(), facts());
    expect(shown(statusOf(result, one), 'Ready')).toBe(
      'Ready=False SecretMissing: key token of Secret default/hook is missing; declare it, or set WEIR_SECRET_DEFAULT_HOOK_TOKEN',
    );
    expect(onlyPlan(result).waiting).toContain('WEIR_SECRET_DEFAULT_HOOK_TOKEN');
  });
});
