import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../events/clock.ts';
import { KubeApi } from '../../../sources/api-server/kube-api.ts';
import { type KubeWatch, watchChanges } from '../../../sources/api-server/kube-watch.ts';
import { PollServer } from '../http-poll/poll-server.ts';

const WATCH: KubeWatch = {
  path: '/api/v1/configmaps',
  selector: '',
  take: async () => undefined,
  reached: async () => undefined,
  lost: () => undefined,
};

function kubeconfig(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

test.each([
  ['ends each watch at once', ''],
  ['forgets each version at once', '{"type":"ERROR","object":{"code":410,"message":"too old"}}\n'],
])('an API that %s is asked about once a second, not without a pause', async (_what, body) => {
  const list = JSON.stringify({ kind: 'ConfigMapList', metadata: { resourceVersion: '7' }, items: [] });
  await using server = new PollServer((url) => ({ body: url.searchParams.has('watch') ? body : list }));
  await server.start();
  const over = new AbortController();
  const paused = Promise.withResolvers<number>();
  const clock: Clock = {
    ...systemClock,
    after(delayMs, run) {
      if (delayMs > 0 && delayMs <= 1000) paused.resolve(watches());
      return systemClock.after(delayMs, run);
    },
  };
  const watches = (): number => server.requests.filter(({ url }) => url.searchParams.has('watch')).length;
  const access = { kubeconfig: kubeconfig(new URL(server.url).origin), impersonate: undefined, clock };
  const api = await KubeApi.open(access);
  const watching = watchChanges(WATCH, 'now', { api, clock, signal: over.signal }).catch(() => undefined);
  expect(await paused.promise).toBe(1);
  over.abort();
  await watching;
});
