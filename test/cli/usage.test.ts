import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { quoted } from '../../events/errors.ts';
import { ownFolder } from '../support/serving.ts';
import { ran } from '../support/terminal.ts';

test.each<[string, readonly string[], string]>([
  ['an unknown command', ['serv'], "weir: unknown command 'serv' (Did you mean serve?)\n"],
  ['an unknown option', ['serve', '--liten', 'x'], "weir: unknown option '--liten' (Did you mean --listen?)\n"],
  [
    'a missing argument',
    ['validate'],
    "weir: missing required argument 'path'; `weir validate --help` lists what there is\n",
  ],
  [
    'a choice that is none',
    ['serve', '--log', 'xml'],
    "weir: option '--log <style>' argument 'xml' is invalid. Allowed choices are pretty, json; `weir serve --help` lists what there is\n",
  ],
  [
    'an address that is none',
    ['serve', '--listen', '8080'],
    'weir: --listen: "8080" is not HOST:PORT; for example 127.0.0.1:8080\n',
  ],
  [
    'an admin address that others reach',
    ['serve', '--admin', '0.0.0.0:0'],
    'weir: --admin: "0.0.0.0" can be reached from elsewhere, so it needs --admin-token-file; or use 127.0.0.1\n',
  ],
  [
    'a public URL that is none',
    ['serve', '--public-url', 'weir.example.com'],
    'weir: --public-url: "weir.example.com" is not a URL; for example https://weir.example.com\n',
  ],
  [
    'a count of nothing',
    ['send', '--count', '0'],
    "weir: option '--count <n>' argument '0' is invalid. It must be a whole number from 1 on; `weir send --help` lists what there is\n",
  ],
  [
    'a target that is no URL',
    ['send', '--to', 'localhost:80'],
    'weir: --to: "localhost:80" is not a URL; for example http://127.0.0.1:8080/default/default\n',
  ],
  [
    'an extension without a value',
    ['send', '--to', 'http://127.0.0.1:1', '--ext', 'region'],
    'weir: --ext: "region" is not name=value; names are lower-case letters and digits\n',
  ],
  [
    'data twice',
    ['send', '--to', 'http://127.0.0.1:1', '--data', 'x', '--data-file', 'y'],
    'weir: --data and --data-file: only one of them\n',
  ],
  [
    'a broker without its namespace',
    ['send', '--broker', 'default'],
    'weir: --broker: "default" is not NAMESPACE/NAME; for example default/default\n',
  ],
])('%s is exit code 2 and one line on stderr', async (_name, words, line) => {
  expect(await ran(words)).toEqual({ code: 2, out: '', err: line });
});

test('without a command there is help on stderr and exit code 2', async () => {
  const { code, out, err } = await ran([]);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain('Usage: weir');
});

test('the version is a result: on stdout, exit code 0', async () => {
  const { code, out, err } = await ran(['--version']);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
});

test('help is a result: on stdout, exit code 0', async () => {
  const { code, out, err } = await ran(['serve', '--help']);
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('--listen <host:port>');
});

test.each<[string, readonly string[], string]>([
  ['get', ['get', 'triggers'], '--data'],
  ['describe', ['describe', 'broker', 'default'], '--data'],
  ['forget', ['forget', 'x'], '--data'],
  ['send', ['send', '--data', '{}'], '--data-folder'],
])('%s where nothing serves is exit code 1 and says how to start it', async (_name, words, flag) => {
  const folder = await ownFolder();
  const err = `weir: no weir serves ${quoted(folder)}; start one with \`weir serve\`, or name its folder with ${flag}\n`;
  expect(await ran([...words, flag, folder])).toEqual({ code: 1, out: '', err });
});

test('a data folder that is a file is refused with exit code 2', async () => {
  const file = join(await ownFolder(), 'taken');
  await writeFile(file, '');
  const { code, err } = await ran(['serve', '--data', file]);
  expect([code, err]).toEqual([
    2,
    `weir: --data: ${quoted(file)} cannot be made (EEXIST); name a folder to write in\n`,
  ]);
});

test('what is wrong with an event from a file is said with the name of the file', async () => {
  const file = join(await ownFolder(), 'event.json');
  await writeFile(file, 'no JSON');
  const to = ['--to', 'http://127.0.0.1:1'];
  const { code, err } = await ran(['send', ...to, '--event', file]);
  expect([code, err]).toEqual([
    2,
    `weir: --event: ${quoted(file)}: is not JSON at byte 1; send a complete JSON text\n`,
  ]);
  expect((await ran(['send', ...to, '--event', '-'], '{"id":"1"}')).err).toMatch(
    /^weir: --event: stdin: specversion: is missing; /,
  );
});

test('sending to an address where nothing listens is exit code 1 and names it', async () => {
  const { code, err } = await ran(['send', '--to', 'http://127.0.0.1:9/x']);
  expect(code).toBe(1);
  expect(err).toMatch(/^weir: http:\/\/127\.0\.0\.1:9: does not answer \(.*\); see whether something listens there\n$/);
});
