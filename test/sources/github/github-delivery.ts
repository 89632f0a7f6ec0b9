import { createHmac } from 'node:crypto';
import type { SourceInstance } from '../../../sources/kind.ts';
import type { WebhookRequest } from '../../../sources/source.ts';
import { instance } from '../source-world.ts';

export const SECRET = 'the-secret-token';
export const TOKEN = 'ghp_theAccessToken';

/** A GitHubSource that asks for pushes and issues; `spec` over it. */
export function github(spec: object = {}, more: Partial<SourceInstance> = {}): SourceInstance {
  return instance(
    'GitHubSource',
    {
      sink: { ref: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'default' } },
      ownerAndRepository: 'Codertocat/Hello-World',
      eventTypes: ['push', 'issues'],
      secretToken: { secretKeyRef: { name: 'hook', key: 'secret' } },
      ...spec,
    },
    {
      secrets: new Map([
        ['hook/secret', SECRET],
        ['api/token', TOKEN],
      ]),
      ...more,
    },
  );
}

/** A delivery as GitHub makes it, signed; `headers` replaces (text) or leaves out (undefined). */
export function delivery(
  body: string | Uint8Array,
  headers: Readonly<Record<string, string | undefined>> = {},
): WebhookRequest {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const all: Record<string, string | undefined> = {
    'User-Agent': 'GitHub-Hookshot/044aadd',
    'Content-Type': 'application/json',
    'X-GitHub-Event': 'issues',
    'X-GitHub-Delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'X-GitHub-Hook-ID': '292430182',
    'X-Hub-Signature-256': `sha256=${createHmac('sha256', SECRET).update(bytes).digest('hex')}`,
    ...headers,
  };
  const rawHeaders = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  return {
    method: 'POST',
    target: '/-/sources/default/githubsource/it',
    rawHeaders,
    body: bytes,
    receivedAtMs: Date.parse('2026-01-01T00:00:00.123Z'),
  };
}
