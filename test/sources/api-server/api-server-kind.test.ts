import { describe, expect, test } from 'vitest';
import { apiServerKind } from '../../../sources/api-server/kind.ts';
import { openSource } from '../../../sources/open.ts';
import { instance, SourceWorld } from '../source-world.ts';

const SPEC = {
  sink: { uri: 'http://sink.example' },
  resources: [{ apiVersion: 'v1', kind: 'ConfigMap' }],
  kubeconfig: { secretKeyRef: { name: 'cluster', key: 'config' } },
};

async function failure(kubeconfig: object | string): Promise<string | undefined> {
  const world = new SourceWorld();
  const text = typeof kubeconfig === 'string' ? kubeconfig : JSON.stringify(kubeconfig);
  const secrets = new Map([['cluster/config', text]]);
  await using source = openSource(instance('ApiServerSource', SPEC, { secrets }), world.ports, [apiServerKind]);
  await world.until(() => world.warnings.includes('source.failed'));
  return source.status().lastError?.message;
}

function config(user: object, cluster: object = { server: 'https://127.0.0.1:1' }): object {
  return {
    'current-context': 'x',
    clusters: [{ name: 'x', cluster }],
    users: [{ name: 'x', user }],
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
  };
}

describe('the kubeconfig of a Secret', () => {
  test.each([
    ['runs no command', config({ exec: { command: 'touch' } }), /has "exec" in its users/],
    ['runs no command of the old way', config({ 'auth-provider': { name: 'gcp' } }), /has "auth-provider"/],
    ['reads no file of a token', config({ 'token-file': '/etc/hostname' }), /has "token-file" in its users/],
    ['reads no file of a key', config({ 'client-key': '/etc/hostname' }), /has "client-key" in its users/],
    [
      'reads no file of a certificate',
      config({}, { server: 'https://127.0.0.1:1', 'certificate-authority': '/etc/hostname' }),
      /has "certificate-authority" in its clusters/,
    ],
    ['hides nothing', '{"users": [{"name": "x", "user": {"token\\x2dfile": "/etc/hostname"}}]}', /has "token-file"/],
    ['names a cluster', { users: [] }, /has no cluster in its current context|is no kubeconfig/],
    ['is one', '{', /is no kubeconfig/],
  ])('%s', async (_what, kubeconfig, message) => {
    expect(await failure(kubeconfig)).toMatch(message);
  });

  test('is said to be out of reach where it is', async () => {
    expect(await failure(config({ token: 't' }))).toMatch(/^https:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/);
  });
});

test('the label that says where to begin is refused if it is neither word', () => {
  const wrong = instance('ApiServerSource', SPEC, {
    labels: { 'weir.dev/start': 'first' },
    secrets: new Map([['cluster/config', 'x']]),
  });
  expect(() => openSource(wrong, new SourceWorld().ports, [apiServerKind])).toThrow(
    'metadata.labels[weir.dev/start]: is "first"; write earliest or latest',
  );
});
