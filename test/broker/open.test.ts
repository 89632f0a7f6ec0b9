import { CloudEvent } from 'cloudevents';
import { expect, onTestFinished, test } from 'vitest';
import { open, type OpenBroker } from '../../broker/open.ts';
import { ownFolder } from '../support/serving.ts';

async function opened(data?: string): Promise<OpenBroker> {
  const broker = await open({ data: data ?? (await ownFolder()) });
  onTestFinished(() => broker.close());
  return broker;
}

const order = (id: string, type = 'order.created'): CloudEvent<unknown> =>
  new CloudEvent({ id, source: '/shop', type, datacontenttype: 'application/json', data: { order: 42 } });

test('what is published reaches the subscriptions that want it, as the event that went in', async () => {
  const broker = await opened();
  const got = Promise.withResolvers<CloudEvent<unknown>>();
  await broker.subscribe({ name: 'orders', filters: [{ exact: { type: 'order.created' } }] }, got.resolve);
  const event = order('1');
  await broker.publish(order('0', 'other'));
  await broker.publish(event);
  expect((await got.promise).toJSON()).toEqual(event.toJSON());
});

test('a handler that fails is called again, and what it never handled is a dead letter', async () => {
  const broker = await opened();
  let calls = 0;
  await broker.subscribe({ name: 'a', delivery: { retry: 1, backoffDelay: 'PT0.01S' } }, () => {
    calls += 1;
    throw new Error('no');
  });
  await broker.publish(order('1'));
  await expect.poll(async () => (await broker.deadLetters('a')).length).toBe(1);
  const [letter] = await broker.deadLetters('a');
  expect([calls, letter?.progress.reason, letter?.entry.event.attributes.get('id')]).toEqual([
    2,
    'retries exhausted: no',
    '1',
  ]);
});

test('an event that a handler returns is published', async () => {
  const broker = await opened();
  const got = Promise.withResolvers<CloudEvent<unknown>>();
  await broker.subscribe({ name: 'asks', filters: [{ exact: { type: 'order.created' } }] }, () => order('r', 'reply'));
  await broker.subscribe({ name: 'hears', filters: [{ exact: { type: 'reply' } }] }, got.resolve);
  await broker.publish(order('1'));
  expect((await got.promise).id).toBe('r');
});

test('what comes while nobody subscribes waits for the next process', async () => {
  const data = await ownFolder();
  const first = await opened(data);
  const stop = await first.subscribe({ name: 'a' }, () => undefined);
  await stop();
  await first.publish(order('kept'));
  await first.close();
  const got = Promise.withResolvers<CloudEvent<unknown>>();
  const second = await opened(data);
  await second.subscribe({ name: 'a' }, got.resolve);
  expect((await got.promise).id).toBe('kept');
});

test('a folder that is in use is refused', async () => {
  const data = await ownFolder();
  await opened(data);
  await expect(open({ data })).rejects.toMatchObject({ code: 'data-folder-in-use' });
});
