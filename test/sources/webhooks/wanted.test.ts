import { describe, expect, test } from 'vitest';
import { openWebhook } from './open-webhook.ts';
import { STRIPE_SECRET, stripeRequest } from './signed.ts';

const event = (id: string, type: string) => stripeRequest({ id, type });

describe('eventTypes', () => {
  test('what is not among them is answered 202, counted as skipped, and not emitted', async () => {
    const { world, source, post } = openWebhook({ provider: 'stripe', eventTypes: ['invoice.paid'] }, [STRIPE_SECRET]);
    expect(await post(event('evt_1', 'invoice.paid'))).toMatchObject({ status: 202, body: '{"accepted":1}' });
    expect(await post(event('evt_2', 'charge.failed'))).toMatchObject({ status: 202, body: '{"accepted":0}' });
    expect(world.ids).toEqual(['evt_1']);
    expect(source.status()).toMatchObject({ emitted: 1, skipped: 1, failures: 0 });
  });

  test('what is not among them is verified all the same', async () => {
    const { post } = openWebhook({ provider: 'stripe', eventTypes: ['invoice.paid'] }, ['another']);
    expect((await post(event('evt_2', 'charge.failed'))).status).toBe(401);
  });
});

test('of several secrets any is enough: one may replace another without a gap', async () => {
  const { world, post } = openWebhook({ provider: 'stripe' }, ['whsec_next', STRIPE_SECRET]);
  await post(event('evt_1', 'a'));
  expect(world.ids).toEqual(['evt_1']);
});

test('what is repeated inside of the tolerance is answered 2xx, and is the same event', async () => {
  const { world, post } = openWebhook({ provider: 'stripe' }, [STRIPE_SECRET]);
  for (const _time of [1, 2]) expect((await post(event('evt_1', 'a'))).status).toBe(202);
  expect(world.ids).toEqual(['evt_1', 'evt_1']);
});

test('a secret that is missing or empty refuses the source: it would let anybody in', () => {
  expect(() => openWebhook({ provider: 'stripe' }, [''])).toThrow(
    'spec.secrets[0].secretKeyRef: key key0 of Secret hook is not there or empty; add it',
  );
});
