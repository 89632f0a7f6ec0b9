import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { client } from './posting.ts';
import { serve } from './server.ts';

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
}

test('an answered post is not kept until its timeout would have come', async () => {
  const { url } = await serve((_, answer) => answer.end());
  const sender = client().http.open({ url }, 1);
  const bodies: WeakRef<Uint8Array>[] = [];
  for (let i = 0; i < 20; i++) {
    const body = new Uint8Array(1000);
    bodies.push(new WeakRef(body));
    await sender.post({ headers: [], body, timeoutMs: 30_000 });
  }
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  // The connection may still know its last one.
  expect(bodies.filter((ref) => ref.deref()).length).toBeLessThan(5);
});
