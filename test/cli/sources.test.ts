import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeRunning } from '../../cli/running.ts';
import { send } from '../support/raw-http.ts';
import { ownFolder, serving } from '../support/serving.ts';
import { ran } from '../support/terminal.ts';
import { brokerYaml } from '../support/yaml.ts';

const SINK = 'sink: { ref: { apiVersion: eventing.knative.dev/v1, kind: Broker, name: default } }';
const SOURCES = `---
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: { name: ticks }
spec: { schedule: '* * * * * *', data: tick, contentType: text/plain, ${SINK} }
---
apiVersion: sources.knative.dev/v1alpha1
kind: GitHubSource
metadata: { name: repo }
spec: { ownerAndRepository: o/r, eventTypes: [push], secretToken: { secretKeyRef: { name: hook, key: secret } }, ${SINK} }
---
apiVersion: v1
kind: Secret
metadata: { name: hook }
stringData: { secret: hunter2-hunter2 }
`;

/** A process with a source that ticks each second, and one that was called by somebody who does not know its secret. */
async function served(): Promise<string> {
  const file = join(await ownFolder(), 'weir.yaml');
  await writeFile(file, brokerYaml() + SOURCES);
  const { listen, admin, data } = await serving({ paths: [file] });
  await writeRunning(data, { pid: process.pid, listen, admin });
  await send(`${listen}/-/sources/default/githubsource/repo`, { headers: ['X-Hub-Signature-256', 'x'], body: '{}' });
  const emitted = async (): Promise<number> => {
    const { items } = JSON.parse((await send(`${admin}/api/v1/sources`, { method: 'GET' })).text);
    return items.find(({ name }: { readonly name: string }) => name === 'ticks').emitted;
  };
  await expect.poll(emitted, { timeout: 10_000 }).toBeGreaterThan(0);
  return data;
}

test('get sources lists every kind of source, with what each did and what went wrong last', async () => {
  const data = await served();
  const { code, out, err } = await ran(['get', 'sources', '--data', data]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const [heading, ...rows] = out.trimEnd().split('\n');
  expect(heading?.split(/ {3,}/)).toEqual(
    'NAMESPACE,NAME,KIND,SINK,READY,REASON,EMITTED,LAG,LAST EVENT,RESTARTS,DEAD,LAST ERROR'.split(','),
  );
  expect(rows.find((row) => row.includes('ticks'))).toMatch(/PingSource .* True +[1-9]\d* +\d+s +0 +0$/);
  expect(rows.find((row) => row.includes('repo'))).toMatch(/GitHubSource .* True +0 +0 +0 +\d+s ago: .*Signature/);
  expect(out).not.toContain('hunter2');
});

test('get of one kind of source has its own column beside the counts', async () => {
  const data = await served();
  const { out } = await ran(['get', 'pingsources', '--data', data]);
  expect(out.split('\n')[0]).toMatch(/SINK +SCHEDULE +READY +REASON +EMITTED +LAG +LAST EVENT/);
  expect(out.split('\n')[1]).toMatch(/\* \* \* \* \* \* +True +[1-9]/);
});

test('describe of a source says what it emitted and what went wrong last', async () => {
  const data = await served();
  expect((await ran(['describe', 'pingsource', 'ticks', '--data', data])).out).toMatch(
    /Emitted: +[1-9]\d* since it was started, the last \d+s ago\nSkipped: +0\nDead: +0 dead letters\nFailures: +0, restarted 0 times\n/,
  );
  expect((await ran(['describe', 'githubsource', 'repo', '--data', data])).out).toMatch(
    /Failures: +1, restarted 0 times\nLast error: +\d+s ago: .*Signature/,
  );
  const { source } = JSON.parse((await ran(['describe', 'githubsource', 'repo', '--data', data, '--json'])).out);
  expect(source).toMatchObject({ emitted: 0, failures: 1, lastError: { code: 'signature-invalid' } });
});

test('a word that is no kind is refused with those there are', async () => {
  const data = await served();
  const { code, err } = await ran(['get', 'tables', '--data', data]);
  expect(code).not.toBe(0);
  expect(err).toMatch(/tables.*pingsources.*and sources for every kind of source/);
});

test('nothing that is shown of sources and Secrets holds a secret', async () => {
  const data = await served();
  const asked = [
    ['get', 'sources', '-o', 'json'],
    ['get', 'secrets', '-o', 'yaml'],
    ['describe', 'secret', 'hook'],
    ['describe', 'githubsource', 'repo', '--json'],
  ];
  for (const words of asked) {
    const { code, out } = await ran([...words, '--data', data]);
    expect({ words, code, leaks: out.includes('hunter2') }).toEqual({ words, code: 0, leaks: false });
    expect(out).toContain('hook');
  }
});
