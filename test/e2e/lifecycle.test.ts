import { writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../broker/limits.ts';
import { listen as listenOn } from '../../broker/listener.ts';
import { attribute } from '../../events/event.ts';
import { EVENT } from '../support/ingress.ts';
import { send } from '../support/raw-http.ts';
import { ownFolder, serving } from '../support/serving.ts';
import { subscriber } from '../support/subscriber.ts';
import { brokerYaml, triggerYaml } from '../support/yaml.ts';

const withId = (id: string): readonly string[] => EVENT.map((part, i) => (EVENT[i - 1] === 'ce-id' ? id : part));

/** A subscriber that holds every request until it is let go. */
async function holding(): Promise<{ readonly url: string; readonly held: Promise<ServerResponse> }> {
  const held = Promise.withResolvers<ServerResponse>();
  const server = createServer((request, response) => {
    request.resume();
    held.resolve(response);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: await listenOn(server, { host: '127.0.0.1', port: 0 }, '--listen'), held: held.promise };
}

test('a trigger that is added to a file while it is served gets what comes next; a broken edit changes nothing', async () => {
  const sink = await subscriber();
  const file = join(await ownFolder(), 'weir.yaml');
  await writeFile(file, brokerYaml() + triggerYaml('a', `${sink.url}/a`));
  const { listen, lines, admin } = await serving({ paths: [file], channel: 'embedded' });
  const ready = async (name: string): Promise<unknown> => {
    const { items } = JSON.parse((await send(`${admin}/api/v1/resources/triggers`, { method: 'GET' })).text);
    const found = items.find((item: { metadata: { name: string } }) => item.metadata.name === name);
    return found?.status?.conditions?.find((one: { type: string }) => one.type === 'Ready')?.status;
  };
  await writeFile(file, brokerYaml() + triggerYaml('a', `${sink.url}/a`) + triggerYaml('b', `${sink.url}/b`));
  await expect.poll(() => ready('b'), { timeout: 10_000 }).toBe('True');
  await send(`${listen}/default/default`, { headers: withId('1'), body: 'x' });
  await sink.first(({ path }) => path === '/b');

  await writeFile(file, brokerYaml() + triggerYaml('a', `${sink.url}/a`) + triggerYaml('b', 'nowhere'));
  await lines.first('resource.refused');
  await send(`${listen}/default/default`, { headers: withId('2'), body: 'x' });
  await sink.first(({ path, event }) => path === '/b' && attribute(event, 'id') === '2');
});

test('what was accepted and not delivered is delivered by the next process, in its order of attempts [durable before 2xx]', async () => {
  const failing = new Map([['/down', Infinity]]);
  const sink = await subscriber(failing);
  const data = await ownFolder();
  const file = join(await ownFolder(), 'weir.yaml');
  await writeFile(
    file,
    brokerYaml() + triggerYaml('down', `${sink.url}/down`, { delivery: { retry: 5, backoffDelay: 'PT1S' } }),
  );
  const first = await serving({ paths: [file], data, channel: 'embedded' });
  await send(`${first.listen}/default/default`, { headers: EVENT, body: 'kept' });
  await first.lines.first('delivery.failed');
  await first.stop();
  failing.delete('/down');
  await serving({ paths: [file], data, channel: 'embedded' });
  const delivered = await sink.first(({ status }) => status === 202);
  expect(new TextDecoder().decode(delivered.event.data)).toBe('kept');
});

test('shutdown lets an attempt that runs finish, and what was answered counts', async () => {
  const { url, held } = await holding();
  const data = await ownFolder();
  const file = join(await ownFolder(), 'weir.yaml');
  await writeFile(file, brokerYaml() + triggerYaml('slow', url));
  const running = await serving({ paths: [file], data, channel: 'embedded' });
  await send(`${running.listen}/default/default`, { headers: EVENT, body: 'x' });
  const response = await held;
  const stopped = running.stop();
  await running.lines.first('shutdown.began');
  response.writeHead(202).end();
  await stopped;
  const next = await serving({ paths: [file], data, channel: 'embedded' });
  const backlogs = async (): Promise<unknown> =>
    JSON.parse((await send(`${next.admin}/api/v1/subscriptions`, { method: 'GET' })).text).items;
  await expect.poll(backlogs).toMatchObject([{ name: 'default/slow', backlog: 0 }]);
});

test('an attempt that does not end is released when the time is over: it comes again, and no attempt is counted', async () => {
  const { url, held } = await holding();
  const data = await ownFolder();
  const file = join(await ownFolder(), 'weir.yaml');
  await writeFile(file, brokerYaml() + triggerYaml('slow', url));
  const running = await serving({
    paths: [file],
    data,
    channel: 'embedded',
    limits: { ...DEFAULT_LIMITS, drainMs: 100 },
  });
  await send(`${running.listen}/default/default`, { headers: EVENT, body: 'x' });
  await held;
  await running.stop();
  expect(running.lines.all.map(({ name }) => name)).toContain('shutdown.attempts-released');
  expect(running.lines.all.map(({ name }) => name)).not.toContain('delivery.failed');
  const sink = await subscriber();
  await writeFile(file, brokerYaml() + triggerYaml('slow', sink.url));
  await serving({ paths: [file], data, channel: 'embedded' });
  expect((await sink.first(() => true)).attempt).toBe(1);
});

test('while it shuts down it is not ready, and takes nothing new', async () => {
  const { url, held } = await holding();
  const file = join(await ownFolder(), 'weir.yaml');
  await writeFile(file, brokerYaml() + triggerYaml('slow', url));
  const running = await serving({ paths: [file], channel: 'embedded' });
  await send(`${running.listen}/default/default`, { headers: EVENT, body: 'x' });
  const response = await held;
  const stopped = running.stop();
  const { status, text } = await send(`${running.admin}/readyz`, { method: 'GET' });
  expect([status, JSON.parse(text)]).toEqual([503, { ok: false, waiting: ['the process is shutting down'] }]);
  await expect(send(`${running.listen}/default/default`, { headers: withId('2'), body: 'x' })).rejects.toThrow(
    /ECONNREFUSED|ECONNRESET|hang up/,
  );
  response.writeHead(202).end();
  await stopped;
});
