import { describe, expect, test } from 'vitest';
import type { StoredSubscription } from '../../channels/log/log.ts';
import { entry, owned, subscription } from './embedded-entries.ts';
import { Bench, code, NEVER } from './embedded-world.ts';

describe('subscriptions', () => {
  test('are told as a whole, then again after each change, and survive a restart', async () => {
    const bench = await Bench.make();
    const { folder, logs } = await bench.openLogs();
    const stop = new AbortController();
    const seen: string[][] = [];
    const following = (async () => {
      for await (const all of logs.subscriptions(stop.signal))
        seen.push(all.map(({ name, generation }) => `${name}@${generation}`));
    })();
    const full: StoredSubscription = {
      name: 'default/a',
      generation: 1,
      wants: [{ type: ['a', 'b'] }],
      filter: '{"exact":{}}',
      start: { id: '1', source: '/s' },
      order: { by: 'partitionkey' },
    };
    await logs.append([entry('1', { attributes: { source: '/s' } })]);
    await logs.declare(full);
    await logs.declare(full);
    await logs.declare({ ...full, generation: 2 });
    await logs.declare(subscription('default/b'));
    await logs.undeclare('default/a');
    await logs.undeclare('default/a');
    stop.abort();
    await following;
    expect(seen.filter((each, i) => String(each) !== String(seen[i - 1]))).toEqual([
      [],
      ['default/a@1'],
      ['default/a@2'],
      ['default/a@2', 'default/b@1'],
      ['default/b@1'],
    ]);
    await logs.declare(full);
    await folder[Symbol.asyncDispose]();
    const again = await bench.openLogs();
    for await (const all of again.logs.subscriptions(NEVER)) {
      expect(all).toStrictEqual([full, subscription('default/b')]);
      break;
    }
  });

  test('declared anew after being forgotten begin where they say, without what was left', async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs();
    await logs.declare(subscription('default/a'));
    const progress = { stage: 'subscriber', attempts: 1, history: [] } as const;
    const letter = { id: '1', subscription: 'default/a', entry: entry('1'), progress, deadAtMs: 1 };
    await owned(logs, (log) =>
      log.write([
        { kind: 'row', row: { subscription: 'default/a', position: 0, generation: 1 } },
        { kind: 'dead', position: 1, letter },
      ]),
    );
    await logs.undeclare('default/a');
    await logs.append([entry('1'), entry('2')]);
    await logs.declare(subscription('default/a'));
    expect(await owned(logs, (log) => log.recover(['default/a', 'default/none']))).toMatchObject({
      subscriptions: [{ name: 'default/a', position: 2, rows: 0, dead: { count: 1 } }],
    });
  });

  test('keep every filter with the position it began at, as long as there are entries of that time', async () => {
    const bench = await Bench.make({ segmentBytes: 500 });
    const { logs } = await bench.openLogs();
    await logs.append([entry('0')]);
    await logs.declare(subscription('default/a', { filter: 'one' }));
    await owned(logs, (log) => log.write([{ kind: 'position', subscription: 'default/a' }]));
    for (let i = 1; i < 10; i += 1) await logs.append([entry(String(i), { data: new Uint8Array(600) })]);
    await logs.declare(subscription('default/a', { generation: 2, filter: 'two' }));
    await logs.declare(subscription('default/a', { generation: 2, filter: 'two' }));
    await logs.append([entry('10')]);
    expect(await logs.filters('default/a')).toEqual([
      { generation: 1, position: 1, filter: 'one' },
      { generation: 2, position: 10, filter: 'two' },
    ]);
    await owned(logs, (log) => log.write([{ kind: 'trim', before: 9 }]));
    expect(await logs.filters('default/a')).toHaveLength(2);
    await owned(logs, (log) => log.write([{ kind: 'trim', before: 10 }]));
    expect(await logs.filters('default/a')).toMatchObject([{ generation: 2 }]);
    // Without its rows it is still declared; forgotten, nothing is left.
    const remove = { kind: 'remove', subscription: 'default/a' } as const;
    await owned(logs, (log) => log.write([remove]));
    expect(await logs.filters('default/a')).toHaveLength(1);
    await logs.undeclare('default/a');
    await owned(logs, (log) => log.write([remove]));
    expect(await logs.filters('default/a')).toEqual([]);
  });

  test('are owned by one at a time', async () => {
    const bench = await Bench.make();
    const { logs } = await bench.openLogs();
    await owned(logs, async () => {
      await expect(logs.own(async () => {}, NEVER)).rejects.toThrow(/owned already/);
    });
    await owned(logs, (log) => log.recover());
    await logs[Symbol.asyncDispose]();
    await expect(logs.declare(subscription('default/a'))).rejects.toMatchObject(code('channel-closed'));
  });
});
