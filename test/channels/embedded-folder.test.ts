import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BROKER, entry, subscription } from './embedded-entries.ts';
import { Bench, code, idsFrom } from './embedded-world.ts';

const CHILD = fileURLToPath(new URL('embedded-child.ts', import.meta.url));

/** A process that appends to the folder as fast as it can, and says what was acknowledged: one line `<appender> <number>` each. */
function child(path: string): {
  pid: number;
  lines: AsyncIterator<string>;
  kill: () => Promise<void>;
  rest: () => string[];
} {
  const process_ = spawn(process.execPath, [CHILD, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => process_.once('close', () => resolve()));
  onTestFinished(() => void process_.kill('SIGKILL'));
  const all: string[] = [];
  const reader = createInterface(process_.stdout);
  reader.on('line', (line) => all.push(line));
  const kill = async (): Promise<void> => {
    process_.kill('SIGKILL');
    await ended;
  };
  return { pid: process_.pid ?? 0, lines: reader[Symbol.asyncIterator](), kill, rest: () => all };
}

describe('a data folder', () => {
  test('belongs to one process, and is free again however that ends', async () => {
    const bench = await Bench.make();
    const { pid, lines, kill } = child(bench.path);
    await lines.next();
    await expect(bench.open()).rejects.toMatchObject({
      code: 'data-folder-in-use',
      message: expect.stringContaining(`process ${pid};`),
    });
    await kill();
    await bench.open();
  });

  test('is refused twice in one process too, and the refusal lets nothing go', async () => {
    const bench = await Bench.make();
    const folder = await bench.open();
    for (let i = 0; i < 2; i += 1) await expect(bench.open()).rejects.toMatchObject(code('data-folder-in-use'));
    await folder[Symbol.asyncDispose]();
    await bench.open();
  });

  test('of a newer format is refused, saying which Weir is needed, and is left as it is', async () => {
    const bench = await Bench.make();
    await (await bench.open())[Symbol.asyncDispose]();
    const file = join(bench.path, 'format.json');
    const newer = '{"format":7,"needs":"3.1.0","more":[]}';
    await writeFile(file, newer);
    await expect(bench.open()).rejects.toMatchObject({
      code: 'data-folder-newer',
      message: expect.stringContaining('start Weir 3.1.0 or later'),
    });
    expect(await readFile(file, 'utf8')).toBe(newer);
  });

  test('whose format is not to be understood, or gone, is refused and never overwritten', async () => {
    for (const text of ['', 'x', '[]', '{"format":"1"}', '{"format":0}', '{"format":1.5}']) {
      const bench = await Bench.make();
      const file = join(bench.path, 'format.json');
      await writeFile(file, text);
      await expect(bench.open()).rejects.toMatchObject(code('data-folder-damaged'));
      expect(await readFile(file, 'utf8')).toBe(text);
    }
    const bench = await Bench.make();
    await mkdir(join(bench.path, 'brokers'));
    await expect(bench.open()).rejects.toMatchObject(code('data-folder-damaged'));
    expect(existsSync(join(bench.path, 'format.json'))).toBe(false);
  });

  test('that is a file, or cannot be made, is refused', async () => {
    const bench = await Bench.make();
    const file = join(bench.path, 'file');
    await writeFile(file, 'mine');
    await expect(new Bench(file).open()).rejects.toMatchObject(code('folder-unreadable'));
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  test('may hold files of others', async () => {
    const bench = await Bench.make();
    await writeFile(join(bench.path, 'positions.json'), '{}');
    await bench.open();
  });

  test('forgets a broker that is removed, and only that one', async () => {
    const bench = await Bench.make();
    const { folder, logs } = await bench.openLogs();
    const other = await folder.openLogs({ namespace: 'default', name: 'other' });
    for (const each of [logs, other]) {
      await each.append([entry('1')]);
      await each.declare(subscription('default/a'));
    }
    await logs[Symbol.asyncDispose]();
    await folder.remove(BROKER);
    await folder.remove(BROKER);
    const again = await folder.openLogs(BROKER);
    expect(await idsFrom(again, 0)).toEqual([]);
    expect(await again.usedBytes()).toBeLessThan(100);
    expect(await idsFrom(other, 0)).toEqual(['1']);
  });
});

describe('kill -9', () => {
  test(
    'at any instant of appending loses nothing that was acknowledged, and halves no batch',
    { timeout: 60_000 },
    async () => {
      const bench = await Bench.make({ segmentBytes: 64 * 1024 });
      const acknowledged = new Map<string, number>();
      for (let round = 0; round < 20; round += 1) {
        const { lines, kill, rest } = child(bench.path);
        // Not at the same place each time: after some lines, then in the middle of what runs on.
        for (let i = 0; i <= (round * 37) % 200; i += 1) await lines.next();
        await kill();
        for (const line of rest())
          if (/^\d+ \d+$/.test(line)) acknowledged.set(`${round} ${line}`, Number(line.split(' ')[1]));
        const folder = await bench.open();
        const logs = await folder.openLogs(BROKER);
        const ids = await idsFrom(logs, 0);
        await folder[Symbol.asyncDispose]();
        const found = new Set(ids.map(String));
        const mine = rest().filter((line) => /^\d+ \d+$/.test(line));
        for (const line of mine)
          for (const part of ['a', 'b', 'c']) expect(found.has(`${line} ${part}`), `${line} ${part}`).toBe(true);
        // Batches of three: all or none, in order.
        expect(ids.length % 3).toBe(0);
        for (let i = 0; i < ids.length; i += 3) {
          const batch = String(ids[i]).slice(0, -2);
          expect([ids[i], ids[i + 1], ids[i + 2]]).toEqual(['a', 'b', 'c'].map((part) => `${batch} ${part}`));
        }
      }
      expect(acknowledged.size).toBeGreaterThan(1000);
      expect(bench.fatal).toEqual([]);
    },
  );
});
