import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { consentingSubscriber } from '../support/consenting.ts';
import { EVENT } from '../support/ingress.ts';
import { send } from '../support/raw-http.ts';
import { ownFolder, serving } from '../support/serving.ts';
import { brokerYaml, document } from '../support/yaml.ts';

const asking = (uri: string, how: string): string =>
  document({
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    metadata: { name: 'hook', annotations: { 'weir.dev/webhook-handshake': how } },
    spec: { broker: 'default', subscriber: { uri } },
  });

test('a subscriber that consents gets events with the origin it consented to', async () => {
  const subscriber = await consentingSubscriber({ 'WebHook-Allowed-Origin': 'events.example.com' });
  const file = join(await ownFolder(), 'weir.yaml');
  await writeFile(file, brokerYaml() + asking(subscriber.url, 'true'));
  const { listen } = await serving({
    paths: [file],
    channel: 'embedded',
    publicUrl: 'https://events.example.com/weir',
  });
  await send(`${listen}/default/default`, { headers: EVENT, body: 'x' });
  await subscriber.got(1);
  expect(subscriber.asked[0]?.headers['webhook-request-origin']).toBe('events.example.com');
  expect(subscriber.posted[0]?.headers['webhook-request-origin']).toBe('events.example.com');
});

test('a trigger without the annotation asks nobody, and names no origin', async () => {
  const subscriber = await consentingSubscriber();
  const file = join(await ownFolder(), 'weir.yaml');
  const trigger = { broker: 'default', subscriber: { uri: subscriber.url } };
  const plain = document({
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    metadata: { name: 'hook' },
    spec: trigger,
  });
  await writeFile(file, brokerYaml() + plain);
  const { listen } = await serving({ paths: [file] });
  await send(`${listen}/default/default`, { headers: EVENT, body: 'x' });
  await subscriber.got(1);
  expect(subscriber.posted[0]?.headers).not.toHaveProperty('webhook-request-origin');
  expect(subscriber.asked).toEqual([]);
});
