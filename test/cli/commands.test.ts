import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../../broker/listener.ts';
import { writeRunning } from '../../cli/running.ts';
import { attribute } from '../../events/event.ts';
import { ownFolder, serving } from '../support/serving.ts';
import { subscriber, type Subscriber } from '../support/subscriber.ts';
import { ran } from '../support/terminal.ts';
import { brokerYaml, triggerYaml } from '../support/yaml.ts';

interface Served {
  readonly data: string;
  readonly sink: Subscriber;
  readonly listen: string;
}

/** A process with one trigger, found by commands through its data folder. */
async function served(spec: Readonly<Record<string, unknown>> = {}): Promise<Served> {
  const sink = await subscriber();
  const file = join(await ownFolder(), 'weir.yaml');
  await writeFile(
    file,
    brokerYaml('default', { delivery: { retry: 3, backoffPolicy: 'linear', backoffDelay: 'PT2S' } }) +
      triggerYaml('all', `${sink.url}/all`, spec),
  );
  const { listen, admin, data } = await serving({ paths: [file] });
  await writeRunning(data, { pid: process.pid, listen, admin });
  return { data, sink, listen };
}

test('send has a flag for every attribute and sends the data as they are', async () => {
  const { data, sink } = await served();
  const flags = [
    '--id',
    'i',
    '--source',
    '/x',
    '--type',
    'y',
    '--subject',
    'z',
    '--time',
    '2026-01-01T00:00:00Z',
    '--dataschema',
    'http://s/1',
    '--ext',
    'region=eu',
  ];
  expect(await ran(['send', '--data-folder', data, ...flags, '--data', '{ "a": 1.0 }'])).toEqual({
    code: 0,
    out: 'i\n',
    err: '',
  });
  const { event } = await sink.first(() => true);
  expect(Object.fromEntries(event.attributes)).toMatchObject({
    id: 'i',
    source: '/x',
    type: 'y',
    subject: 'z',
    dataschema: 'http://s/1',
    region: 'eu',
    datacontenttype: 'application/json',
  });
  expect(new TextDecoder().decode(event.data)).toBe('{ "a": 1.0 }');
});

test('send --json prints one object of what became of it', async () => {
  const { data, sink } = await served();
  const { code, out } = await ran(['send', '--data-folder', data, '--id', 'i', '--data', 'text', '--json']);
  expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ id: 'i', status: 202 })]);
  expect(new TextDecoder().decode((await sink.first(() => true)).event.data)).toBe('text');
});

test('send --structured sends one JSON document', async () => {
  const got = Promise.withResolvers<readonly [string | undefined, unknown]>();
  const server = createServer((request, response) => {
    void text(request).then((body) => got.resolve([request.headers['content-type'], JSON.parse(body)]));
    response.writeHead(202).end();
  });
  onTestFinished(() => void server.close());
  const url = await listen(server, { host: '127.0.0.1', port: 0 }, '--listen');
  const { code } = await ran(['send', '--to', url, '--id', 'i', '--data', 'text', '--structured']);
  expect(code).toBe(0);
  expect(await got.promise).toEqual([
    expect.stringMatching(/^application\/cloudevents\+json/),
    expect.objectContaining({ id: 'i', data: 'text' }),
  ]);
});

test('send reads an event from stdin, and flags change its attributes', async () => {
  const { data, sink } = await served();
  const event = JSON.stringify({ specversion: '1.0', id: 'a', source: '/s', type: 't', data: { x: 1 } });
  expect((await ran(['send', '--data-folder', data, '--event', '-', '--type', 'other'], event)).code).toBe(0);
  const got = (await sink.first(() => true)).event;
  expect([attribute(got, 'id'), attribute(got, 'type'), new TextDecoder().decode(got.data)]).toEqual([
    'a',
    'other',
    '{"x":1}',
  ]);
});

test('send --count sends as many, each with an id of its own', async () => {
  const { data, sink } = await served();
  const { code, out } = await ran(['send', '--data-folder', data, '--id', 'n', '--count', '5', '--json']);
  expect([code, JSON.parse(out)]).toMatchObject([0, { sent: 5, accepted: 5, refused: 0 }]);
  await expect.poll(() => new Set(sink.received.map(({ event }) => attribute(event, 'id'))).size).toBe(5);
});

test('send that is refused is exit code 1 with what was answered', async () => {
  const { data, listen } = await served();
  const { code, err } = await ran(['send', '--data-folder', data, '--broker', 'default/nobody', '--data', 'x']);
  expect(code).toBe(1);
  expect(err).toMatch(new RegExp(`^weir: ${listen}/default/nobody: answered 404 .*broker-unknown.*\\n$`));
});

test('send of an event that is none is exit code 2 and says what is wrong', async () => {
  const { data } = await served();
  const { code, err } = await ran(['send', '--data-folder', data, '--event', '-'], '{"specversion":"1.0"}');
  expect([code, err.split('\n').length]).toEqual([2, 2]);
});

test('get prints what kubectl prints, and with -o wide the backlog', async () => {
  const { data, sink } = await served();
  const lines = (out: string): string[][] =>
    out
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s{2,}/));
  expect(lines((await ran(['get', 'triggers', '--data', data])).out)).toEqual([
    ['NAMESPACE', 'NAME', 'BROKER', 'SUBSCRIBER_URI', 'READY', 'REASON'],
    ['default', 'all', 'default', `${sink.url}/all`, 'True'],
  ]);
  expect(lines((await ran(['get', 'trigger', 'all', '-o', 'wide', '--data', data])).out)[0]).toContain('BACKLOG');
});

test('get -o json is the object with its status; a list has items', async () => {
  const { data } = await served();
  const one = JSON.parse((await ran(['get', 'broker', 'default', '-o', 'json', '--data', data])).out);
  expect(one).toMatchObject({ kind: 'Broker', metadata: { name: 'default' }, status: { observedGeneration: 1 } });
  expect(JSON.parse((await ran(['get', 'brokers', '--json', '--data', data])).out)).toMatchObject({
    kind: 'List',
    items: [{ kind: 'Broker' }],
  });
});

test('get -o yaml is YAML', async () => {
  const { data } = await served();
  expect((await ran(['get', 'broker', 'default', '-o', 'yaml', '--data', data])).out).toContain('kind: Broker\n');
});

test('get of what is not there is exit code 1 and says what is', async () => {
  const { data } = await served();
  expect(await ran(['get', 'trigger', 'nobody', '--data', data])).toEqual({
    code: 1,
    out: '',
    err: 'weir: trigger "nobody": there is none; `weir get trigger` lists those there are\n',
  });
});

test.each([['get'], ['describe']])(
  '%s of a kind that is not served is exit code 2 and lists those there are',
  async (command) => {
    const { data } = await served();
    expect(await ran([command, 'cats', 'tom', '--data', data])).toEqual({
      code: 2,
      out: '',
      err: expect.stringMatching(/^weir: "cats": is no kind that is served; there are brokers, /),
    });
  },
);

test('describe shows conditions, backlog and the policy that counts after all defaults', async () => {
  const { data } = await served();
  const { code, out } = await ran(['describe', 'trigger', 'all', '--data', data]);
  expect(code).toBe(0);
  expect(out).toContain('Delivery:    3 retries, linear from 2000 ms, each attempt at most 30 s');
  expect(out).toMatch(/Backlog: +0\n/);
  expect(out).toMatch(/SubscriberResolved +True/);
});

test('describe of what has no conditions, such as a Secret, says nothing of readiness and no value', async () => {
  const file = join(await ownFolder(), 'weir.yaml');
  await writeFile(file, 'apiVersion: v1\nkind: Secret\nmetadata: { name: s }\nstringData: { token: hunter2 }\n');
  const { listen, admin, data } = await serving({ paths: [file] });
  await writeRunning(data, { pid: process.pid, listen, admin });
  const { code, out } = await ran(['describe', 'secret', 's', '--data', data]);
  expect(code).toBe(0);
  expect(out).toMatch(/^Name: +s\nNamespace: +default\nKind: +Secret \(v1\)\n\n/);
  expect(out).not.toContain('hunter2');
});

test('one retry is described as one', async () => {
  const { data } = await served({ delivery: { retry: 1 } });
  expect((await ran(['describe', 'trigger', 'all', '--data', data])).out).toContain('Delivery:    1 retry, ');
});

test("the policy of a trigger with a delivery of its own replaces the broker's wholly [C52]", async () => {
  const { data } = await served({ delivery: { timeout: 'PT5S' } });
  expect((await ran(['describe', 'trigger', 'all', '--data', data])).out).toContain(
    'Delivery:    no retries, each attempt at most 5 s',
  );
});

test('forget says how much it dropped; of what is not there it is exit code 1', async () => {
  const { data } = await served();
  expect(await ran(['forget', 'all', '--data', data])).toEqual({
    code: 0,
    out: 'default/all: 0 events dropped\n',
    err: '',
  });
  expect((await ran(['forget', 'nobody', '--data', data])).code).toBe(1);
});

test('validate is exit code 1 if anything is refused, and says where', async () => {
  const folder = await ownFolder();
  await writeFile(join(folder, 'good.yaml'), brokerYaml());
  await writeFile(join(folder, 'bad.yaml'), triggerYaml('bad', 'nowhere'));
  const good = await ran(['validate', join(folder, 'good.yaml')]);
  expect([good.code, good.out]).toEqual([0, '1 accepted, 0 refused, 0 ignored\n']);
  await writeFile(join(folder, 'other.yaml'), 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: d }\n');
  const other = await ran(['validate', join(folder, 'other.yaml')]);
  expect([other.code, other.out]).toEqual([
    0,
    'ignored apps/v1 Deployment default/d: Weir does not serve this kind\n0 accepted, 0 refused, 1 ignored\n',
  ]);
  const both = await ran(['validate', folder]);
  expect(both.code).toBe(1);
  expect(both.out).toMatch(/^refused .*bad\.yaml:\d+: .*spec\.subscriber/);
  expect(JSON.parse((await ran(['validate', folder, '--json'])).out)).toMatchObject({
    accepted: [{ kind: 'Broker' }],
    refused: [{ code: 'resource-invalid' }],
  });
});

test('validate names a trigger whose broker is not in the files, and its exit code stays 0', async () => {
  const file = join(await ownFolder(), 'weir.yaml');
  await writeFile(file, triggerYaml('all', 'http://127.0.0.1:9'));
  const message = `${file}:2: Trigger default/all: spec.broker: there is no Broker default/default in these files; the Trigger waits until it is declared`;
  expect(await ran(['validate', file])).toEqual({
    code: 0,
    out: `waiting ${message}\n1 accepted, 0 refused, 0 ignored\n`,
    err: '',
  });
  expect(JSON.parse((await ran(['validate', file, '--json'])).out)).toMatchObject({
    refused: [],
    waiting: [{ message }],
  });
});
