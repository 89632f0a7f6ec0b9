import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listen as listenOn } from '../../broker/listener.ts';
import { attribute } from '../../events/event.ts';
import { EVENT } from '../support/ingress.ts';
import { send } from '../support/raw-http.ts';
import { ownFolder, serving } from '../support/serving.ts';
import { subscriber } from '../support/subscriber.ts';
import { TO_BROKER, brokerYaml, document, triggerYaml } from '../support/yaml.ts';

async function written(...documents: readonly string[]): Promise<string> {
  const file = join(await ownFolder(), 'weir.yaml');
  await writeFile(file, documents.join(''));
  return file;
}

test('an event is delivered to each trigger whose filter matches, bytes unchanged, with what Knative subscribers expect [C35, C36, C37]', async () => {
  const sink = await subscriber();
  const file = await written(
    brokerYaml(),
    triggerYaml('all', `${sink.url}/all`),
    triggerYaml('hit', `${sink.url}/hit`, { filters: [{ exact: { type: 't' } }] }),
    triggerYaml('miss', `${sink.url}/miss`, { filters: [{ exact: { type: 'other' } }] }),
  );
  const { listen } = await serving({ paths: [file], channel: 'embedded' });
  await send(`${listen}/default/default`, {
    headers: [...EVENT, 'ce-emoji', '%F0%9F%98%80', 'Content-Type', 'application/json'],
    body: '{ "a": 1.0 }',
  });
  await sink.first(({ path }) => path === '/all');
  const hit = await sink.first(({ path }) => path === '/hit');
  expect(new TextDecoder().decode(hit.event.data)).toBe('{ "a": 1.0 }');
  expect(attribute(hit.event, 'emoji')).toBe('😀');
  expect(attribute(hit.event, 'knativearrivaltime')).toMatch(/^\d{4}-.*Z$/);
  expect(sink.received.map(({ path }) => path).sort()).toEqual(['/all', '/hit']);
});

test('what a subscriber refuses is retried, then given up to the dead letter sink, which learns why [C45, C48]', async () => {
  const sink = await subscriber(
    new Map([
      ['/flaky', 2],
      ['/broken', Infinity],
    ]),
  );
  const file = await written(
    brokerYaml(),
    triggerYaml('flaky', `${sink.url}/flaky`, { delivery: { retry: 3, backoffDelay: 'PT0.01S' } }),
    triggerYaml('broken', `${sink.url}/broken`, {
      delivery: { retry: 1, backoffDelay: 'PT0.01S', deadLetterSink: { uri: `${sink.url}/dead` } },
    }),
  );
  const { listen } = await serving({ paths: [file], channel: 'embedded' });
  await send(`${listen}/default/default`, { headers: EVENT, body: 'x' });
  expect((await sink.first(({ path, status }) => path === '/flaky' && status === 202)).attempt).toBe(3);
  const dead = await sink.first(({ path }) => path === '/dead');
  expect(attribute(dead.event, 'id')).toBe('1');
  expect([attribute(dead.event, 'knativeerrordest'), attribute(dead.event, 'knativeerrorcode')]).toEqual([
    `${sink.url}/broken`,
    '503',
  ]);
  expect(sink.received.filter(({ path }) => path === '/broken')).toHaveLength(2);
});

test('without a dead letter sink it rests in the store, is listed and delivered again on demand', async () => {
  const failing = new Map([['/later', Infinity]]);
  const sink = await subscriber(failing);
  const file = await written(brokerYaml(), triggerYaml('later', `${sink.url}/later`, { delivery: { retry: 0 } }));
  const { listen, admin, lines } = await serving({ paths: [file], channel: 'embedded' });
  await send(`${listen}/default/default`, { headers: EVENT, body: 'x' });
  await lines.first('delivery.dead-lettered');
  const api = `${admin}/api/v1/brokers/default/default/triggers/later/dead-letters`;
  await expect.poll(async () => JSON.parse((await send(api, { method: 'GET' })).text).items.length).toBe(1);
  const [letter] = JSON.parse((await send(api, { method: 'GET' })).text).items;
  expect(letter).toMatchObject({
    event: { id: '1', source: '/s', type: 't' },
    progress: { reason: expect.stringContaining('503') },
  });
  failing.delete('/later');
  const redriven = await send(`${api}/redrive`, {
    headers: ['Content-Type', 'application/json'],
    body: JSON.stringify({ ids: [letter.id] }),
  });
  expect([redriven.status, JSON.parse(redriven.text)]).toEqual([200, { redriven: 1 }]);
  await sink.first(({ status }) => status === 202);
});

test('a reply is an event of the broker: stored and delivered like any other [C38, C39]', async () => {
  const replying = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'ce-specversion': '1.0', 'ce-id': 'r1', 'ce-source': '/replier', 'ce-type': 'reply' });
    response.end('answer');
  });
  onTestFinished(() => {
    replying.close();
    replying.closeAllConnections();
  });
  const url = await listenOn(replying, { host: '127.0.0.1', port: 0 }, '--listen');
  const sink = await subscriber();
  const file = await written(
    brokerYaml(),
    triggerYaml('asks', url, { filters: [{ exact: { type: 't' } }] }),
    triggerYaml('hears', `${sink.url}/replies`, { filters: [{ exact: { type: 'reply' } }] }),
  );
  const { listen } = await serving({ paths: [file], channel: 'embedded' });
  await send(`${listen}/default/default`, { headers: EVENT, body: 'x' });
  const reply = await sink.first(({ path }) => path === '/replies');
  expect([attribute(reply.event, 'id'), new TextDecoder().decode(reply.event.data)]).toEqual(['r1', 'answer']);
});

test('a cron source reaches a subscriber through the broker', async () => {
  const sink = await subscriber();
  const ping = {
    apiVersion: 'sources.knative.dev/v1',
    kind: 'PingSource',
    metadata: { name: 'tick' },
    spec: { schedule: '* * * * * *', contentType: 'text/plain', data: 'tick', sink: TO_BROKER },
  };
  const file = await written(brokerYaml(), triggerYaml('all', `${sink.url}/ticks`), document(ping));
  await serving({ paths: [file], channel: 'embedded' });
  const { event } = await sink.first(({ path }) => path === '/ticks');
  expect([attribute(event, 'type'), new TextDecoder().decode(event.data)]).toEqual([
    'dev.knative.sources.ping',
    'tick',
  ]);
});

test('a signed GitHub webhook reaches a subscriber through the broker; an unsigned one is 401 and reaches nobody', async () => {
  const sink = await subscriber();
  const source = {
    apiVersion: 'sources.knative.dev/v1alpha1',
    kind: 'GitHubSource',
    metadata: { name: 'repo' },
    spec: {
      ownerAndRepository: 'weir/weir',
      eventTypes: ['push'],
      secretToken: { secretKeyRef: { name: 'github', key: 'secret' } },
      sink: TO_BROKER,
    },
  };
  const file = await written(brokerYaml(), triggerYaml('all', `${sink.url}/pushes`), document(source));
  const { listen } = await serving({
    paths: [file],
    channel: 'embedded',
    env: { WEIR_SECRET_DEFAULT_GITHUB_SECRET: 'shared' },
  });
  const hook = `${listen}/-/sources/default/githubsource/repo`;
  const body =
    '{ "ref": "refs/heads/main", "repository": { "full_name": "weir/weir", "html_url": "https://github.com/weir/weir" } }';
  const headers = ['Content-Type', 'application/json', 'X-GitHub-Event', 'push', 'X-GitHub-Delivery', 'd-1'];
  expect((await send(hook, { headers, body })).status).toBe(401);
  const signature = `sha256=${createHmac('sha256', 'shared').update(body).digest('hex')}`;
  expect((await send(hook, { headers: [...headers, 'X-Hub-Signature-256', signature], body })).status).toBe(202);
  const { event } = await sink.first(({ path }) => path === '/pushes');
  expect([attribute(event, 'id'), new TextDecoder().decode(event.data)]).toEqual(['d-1', body]);
  expect(sink.received).toHaveLength(1);
});
