import { expect, test } from 'vitest';
import type { TriggerPlan } from '../../resources/plan.ts';
import { consentingSubscriber } from '../support/consenting.ts';
import { settle } from '../support/fake-clock.ts';
import { broker, plan, trigger, world } from '../support/running-world.ts';

const ORIGIN = 'weir.example.com';
const GRANTED = { 'WebHook-Allowed-Origin': ORIGIN };

const asking = (url: string, changes: Partial<TriggerPlan> = {}): TriggerPlan =>
  trigger('a', { subscriber: { url, broker: false }, handshake: { origin: ORIGIN }, ...changes });

test('nothing is sent before the subscriber consents; then what waited is', async () => {
  const subscriber = await consentingSubscriber();
  const w = await world();
  await w.reconfigure.apply(plan([broker()], [asking(subscriber.url)]));
  await w.append('1');
  await w.lines.first('trigger.no-consent');
  expect(w.given).toEqual([]);
  expect(w.reconfigure.trigger(trigger('a'))).toMatchObject({
    ok: false,
    reason: 'HandshakeRefused',
    message: expect.stringContaining('has no WebHook-Allowed-Origin; let it allow weir.example.com'),
  });
  subscriber.allows = GRANTED;
  await w.clock.advance(1000);
  await w.lines.first('trigger.consent');
  await settle();
  await settle();
  expect(w.given.map(({ id }) => id)).toEqual(['1']);
  expect(w.reconfigure.trigger(trigger('a'))).toEqual({ ok: true });
});

test('it is asked once, not for each event, nor when something else of the trigger changes', async () => {
  const subscriber = await consentingSubscriber(GRANTED);
  const w = await world();
  await w.reconfigure.apply(plan([broker()], [asking(subscriber.url)]));
  await w.lines.first('trigger.consent');
  for (const id of ['1', '2']) await w.append(id);
  await w.reconfigure.apply(plan([broker()], [asking(subscriber.url, { generation: 2, inFlight: 3 })]));
  await w.append('3');
  expect(w.given.map(({ id }) => id)).toEqual(['1', '2', '3']);
  expect(subscriber.asked).toHaveLength(1);
});

test('another address is asked again, and what comes meanwhile waits', async () => {
  const [first, second] = [await consentingSubscriber(GRANTED), await consentingSubscriber()];
  const w = await world();
  await w.reconfigure.apply(plan([broker()], [asking(first.url)]));
  await w.lines.first('trigger.consent');
  await w.reconfigure.apply(plan([broker()], [asking(second.url, { generation: 2 })]));
  await w.append('1');
  await w.lines.first('trigger.no-consent');
  expect(w.given).toEqual([]);
  expect(w.reconfigure.trigger(trigger('a'))?.ok).toBe(false);
});

test('a trigger that no longer asks delivers as it did before', async () => {
  const subscriber = await consentingSubscriber();
  const w = await world();
  await w.reconfigure.apply(plan([broker()], [asking(subscriber.url)]));
  await w.lines.first('trigger.no-consent');
  await w.append('1');
  await w.reconfigure.apply(plan([broker()], [trigger('a', { generation: 2 })]));
  await settle();
  expect(w.given.map(({ id }) => id)).toEqual(['1']);
  expect(w.reconfigure.trigger(trigger('a'))).toEqual({ ok: true });
});

test('the granted rate is kept to', async () => {
  const subscriber = await consentingSubscriber({ ...GRANTED, 'WebHook-Allowed-Rate': '60' });
  const w = await world();
  await w.reconfigure.apply(plan([broker()], [asking(subscriber.url)]));
  await w.lines.first('trigger.consent');
  for (const id of ['1', '2', '3']) await w.append(id);
  expect(w.given.map(({ id }) => id)).toEqual(['1']);
  await w.clock.advance(1000);
  expect(w.given.map(({ id }) => id)).toEqual(['1', '2']);
  await w.clock.advance(1000);
  expect(w.given.map(({ id }) => id)).toEqual(['1', '2', '3']);
});

test('closing does not wait for who does not consent, nor for the pace, and asks nobody afterwards', async () => {
  const silent = await consentingSubscriber();
  const slow = await consentingSubscriber({ ...GRANTED, 'WebHook-Allowed-Rate': '1' });
  const w = await world();
  await w.reconfigure.apply(plan([broker()], [asking(silent.url), { ...asking(slow.url), name: 'b' }]));
  await w.lines.first('trigger.no-consent');
  await w.lines.first('trigger.consent');
  for (const id of ['1', '2']) await w.append(id);
  await w.reconfigure.close();
  await w.clock.advance(600_000);
  expect([silent.asked.length, slow.asked.length]).toEqual([1, 1]);
});
