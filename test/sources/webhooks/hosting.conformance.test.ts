import { createHmac } from 'node:crypto';
import type { SourceInstance } from '../../../sources/kind.ts';
import type { WebhookRequest } from '../../../sources/source.ts';
import { webhookKind } from '../../../sources/webhooks/kind.ts';
import { webhookSuite } from '../../conformance/webhook.ts';
import { instance } from '../source-world.ts';
import { ARRIVED, posted } from './posted.ts';

const SECRET = 'the-secret-token';
const KEY = Buffer.alloc(32, 7);
const SIGNING = `whsec_${KEY.toString('base64')}`;

function source(provider: string, secret: string, more: object = {}): SourceInstance {
  const spec = {
    sink: { uri: 'http://sink.example' },
    provider,
    secrets: [{ secretKeyRef: { name: 'hook', key: 'secret' } }],
    ...more,
  };
  return instance('WebhookSource', spec, { secrets: new Map([['hook/secret', secret]]) });
}

function suite(
  provider: string,
  {
    send,
    secret = SECRET,
    spec = {},
  }: {
    readonly send: (n: number, secret: string) => WebhookRequest;
    readonly secret?: string;
    readonly spec?: object;
  },
): void {
  const named = provider.split(' ')[0] ?? '';
  webhookSuite(`WebhookSource ${provider}`, () => ({
    kind: webhookKind,
    instance: source(named, secret, spec),
    request: (n) => send(n, secret),
    forged: () => send(1, secret === SIGNING ? `whsec_${Buffer.alloc(32, 8).toString('base64')}` : 'another'),
    wrong: { spec: { ...Object(source(named, secret, spec).spec), secrets: [] }, path: 'spec.secrets' },
  }));
}

const hex = (secret: string, body: string): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
const bearer = (secret: string): Readonly<Record<string, string>> => ({ Authorization: `Bearer ${secret}` });

suite('github', {
  send: (n, secret) =>
    posted('{"action":"opened"}', {
      'X-GitHub-Event': 'issues',
      'X-GitHub-Delivery': `delivery-${n}`,
      'X-Hub-Signature-256': hex(secret, '{"action":"opened"}'),
    }),
});
suite('gitlab', {
  send: (n, secret) => posted({ object_kind: 'push' }, { 'X-Gitlab-Token': secret, 'Idempotency-Key': `key-${n}` }),
});
suite('gitlab with a signing token', {
  secret: SIGNING,
  send: (n, secret) => {
    const seconds = String(Date.parse(ARRIVED) / 1000);
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const signature = createHmac('sha256', key).update(`key-${n}.${seconds}.{"object_kind":"push"}`).digest('base64');
    return posted('{"object_kind":"push"}', {
      'webhook-id': `key-${n}`,
      'webhook-timestamp': seconds,
      'webhook-signature': `v1,${signature}`,
    });
  },
});
suite('bitbucket', {
  send: (n, secret) =>
    posted('{}', { 'X-Event-Key': 'repo:push', 'X-Request-UUID': `uuid-${n}`, 'X-Hub-Signature': hex(secret, '{}') }),
});
suite('gitea', {
  send: (n, secret) =>
    posted('{}', {
      'X-Gitea-Event': 'push',
      'X-Gitea-Delivery': `delivery-${n}`,
      'X-Gitea-Signature': hex(secret, '{}').slice('sha256='.length),
    }),
});
suite('docker-registry', {
  spec: { authentication: 'bearer' },
  send: (n, secret) => posted({ events: [{ id: `id-${n}`, action: 'push' }] }, bearer(secret)),
});
suite('harbor', {
  spec: { authentication: 'apiKey', apiKeyHeader: 'Authorization' },
  send: (n, secret) => posted({ type: 'PUSH_ARTIFACT', occur_at: n }, { Authorization: secret }),
});
suite('alertmanager', {
  spec: { authentication: 'bearer' },
  send: (n, secret) =>
    posted({ alerts: [{ status: 'firing', startsAt: ARRIVED, fingerprint: `print-${n}` }] }, bearer(secret)),
});
