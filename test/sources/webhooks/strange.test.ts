import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../../events/errors.ts';
import { attribute, type CloudEvent } from '../../../events/event.ts';
import type { WebhookRequest } from '../../../sources/source.ts';
import { SourceWorld } from '../source-world.ts';
import { hmac, openWebhook } from './open-webhook.ts';
import { posted } from './posted.ts';
import { SLACK_SECRET, slackRequest, STRIPE_SECRET, stripeRequest } from './signed.ts';

const HALF = '\uD800';
const OPEN = { authentication: 'none' };

interface Strange {
  readonly what: string;
  readonly spec: object;
  readonly secrets: readonly string[];
  readonly request: WebhookRequest;
}

// Half of a character has no percent-encoding, and what a JSON object is as text is for the object to say.
const STRANGE: readonly Strange[] = [
  {
    what: 'Slack, half of a character as team',
    spec: { provider: 'slack' },
    secrets: [SLACK_SECRET],
    request: slackRequest({ type: 'event_callback', event_id: 'E', team_id: HALF, event: { type: 'message' } }),
  },
  {
    what: 'Slack, a minute that is no number',
    spec: { provider: 'slack' },
    secrets: [SLACK_SECRET],
    request: slackRequest({ type: 'app_rate_limited', minute_rate_limited: { toString: 1, valueOf: 1 } }),
  },
  {
    what: 'Stripe, half of a character as account',
    spec: { provider: 'stripe' },
    secrets: [STRIPE_SECRET],
    request: stripeRequest({ id: 'evt_1', type: 'charge.failed', account: HALF }),
  },
  {
    what: 'Harbor, half of a character as project',
    spec: { provider: 'harbor', ...OPEN },
    secrets: [],
    request: posted({ type: 'PUSH', event_data: { repository: { namespace: HALF, name: `a/${HALF}` } } }),
  },
  {
    what: 'Bitbucket, half of a character as project',
    spec: { provider: 'bitbucket' },
    secrets: ['hush'],
    request: bitbucket({ repository: { slug: HALF, project: { key: HALF } } }),
  },
];

test.each(STRANGE)('$what: never a bug, and the rest of the event is as it was', async ({ spec, secrets, request }) => {
  const { post, world } = openWebhook(spec, secrets);
  expect((await post(request)).status).toBeLessThan(300);
  expect(world.emitted).toHaveLength(1);
});

test('what no attribute may hold is percent-encoded in a subject: the event is worth more than its look', async () => {
  const { post, world } = openWebhook({ provider: 'stripe' }, [STRIPE_SECRET]);
  const data = { object: { id: 'a\nb\uFFFF ä' } };
  expect((await post(stripeRequest({ id: 'evt_1', type: 'charge.failed', data }))).status).toBe(202);
  expect(world.emitted.map((event) => attribute(event, 'subject'))).toEqual(['a%0Ab%EF%BF%BF ä']);
});

describe('one part of a request that can be no event does not take the others with it', () => {
  test('Alertmanager', async () => {
    const alert = { status: 'firing', startsAt: '2026-01-01T00:00:00Z' };
    const alerts = [
      { ...alert, fingerprint: 'bad\n' },
      { ...alert, fingerprint: 'good' },
    ];
    const { post, world } = openWebhook({ provider: 'alertmanager', ...OPEN });
    expect((await post(posted({ alerts }))).status).toBe(202);
    expect(world.emitted.map(told)).toEqual([
      'dev.weir.source.deadletter {"status":"firing","startsAt":"2026-01-01T00:00:00Z","fingerprint":"bad\\n"}',
      'com.alertmanager.firing {"status":"firing","startsAt":"2026-01-01T00:00:00Z","fingerprint":"good"}',
    ]);
  });

  test('a registry, which would send both for ever', async () => {
    const events = [
      { id: '1', action: 'push', target: { mediaType: 'a\nb' } },
      { id: '2', action: 'push' },
    ];
    const { post, world } = openWebhook({ provider: 'docker-registry', ...OPEN });
    expect((await post(posted({ events }))).status).toBe(202);
    expect(world.emitted.map(told)).toEqual([
      'dev.weir.source.deadletter {"id":"1","action":"push","target":{"mediaType":"a\\nb"}}',
      'com.docker-registry.push {"id":"2","action":"push"}',
    ]);
  });
});

test.each(['alertmanager', 'docker-registry'])(
  '%s: more parts than anybody sends are one dead letter',
  async (provider) => {
    const list = `[${'0,'.repeat(6000)}0]`;
    const { post, world } = openWebhook({ provider, ...OPEN });
    expect((await post(posted(`{"alerts":${list},"events":${list}}`))).status).toBe(202);
    expect(world.emitted.map((event) => attribute(event, 'type'))).toEqual(['dev.weir.source.deadletter']);
  },
);

test('what the sink refuses for good is a dead letter for a registry, which would send it for ever, and is told to others', async () => {
  const world = new SourceWorld();
  world.sink = async (event) => {
    if (attribute(event, 'type') !== 'dev.weir.source.deadletter')
      throw new RefusedError('event-too-large', 'too large');
  };
  const registry = openWebhook({ provider: 'docker-registry', ...OPEN }, [], world);
  expect((await registry.post(posted({ events: [{ id: '1', action: 'push' }] }))).status).toBe(202);
  expect(world.emitted.map((event) => attribute(event, 'type'))).toEqual(['dev.weir.source.deadletter']);
  expect((await openWebhook({ provider: 'generic', ...OPEN }, [], world).post(posted({}))).status).toBe(413);
});

test('GitLab: a signing token that is none is refused when the source is opened, not with the first request', () => {
  for (const wrong of ['whsec_', 'whsec_not base64', 'whsec_c2hvcnQ='])
    expect(() => openWebhook({ provider: 'gitlab' }, ['token', wrong])).toThrow(/^spec\.secrets\[1\]: .*whsec_/);
});

test('GitLab: of a signed request the signed id counts, so that sent again with another it is no other event', async () => {
  const secret = `whsec_${Buffer.from('a secret of twenty-four').toString('base64')}`;
  const { post, world } = openWebhook({ provider: 'gitlab' }, [secret]);
  const plain = posted({ object_kind: 'push' });
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const seconds = String(plain.receivedAtMs / 1000);
  const signature = `v1,${hmac(key, [`id-1.${seconds}.`, plain.body], { encoding: 'base64' })}`;
  const headers = { 'webhook-id': 'id-1', 'webhook-timestamp': seconds, 'webhook-signature': signature };
  for (const forged of ['x', 'y'])
    await post(posted({ object_kind: 'push' }, { ...headers, 'Idempotency-Key': forged }));
  expect(world.emitted.map((event) => attribute(event, 'id'))).toEqual(['id-1', 'id-1']);
});

function bitbucket(payload: object): WebhookRequest {
  const { body } = posted(payload);
  return posted(payload, {
    'X-Event-Key': 'repo:push',
    'X-Request-UUID': 'u',
    'X-Hub-Signature': `sha256=${hmac('hush', [body])}`,
  });
}

function told(event: CloudEvent): string {
  return `${attribute(event, 'type')} ${Buffer.from(event.data ?? []).toString()}`;
}
