import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodePgOutput, type PgOutput, type Relation } from '../../../sources/postgres/pgoutput.ts';
import { arrayItems } from '../../../sources/postgres/array.ts';
import { lsnOf, lsnText, positionOf, positionText } from '../../../sources/postgres/lsn.ts';
import { ChangeQueue } from '../../../sources/postgres/queue.ts';

describe('places in the log', () => {
  test('are read as they are written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(), (lsn, index) => {
        expect(lsnOf(lsnText(lsn))).toBe(lsn);
        const position = { system: '7710678780384955144', lsn, index };
        expect(positionOf(positionText(position))).toEqual(position);
      }),
    );
  });

  test('are written as PostgreSQL writes them', () => {
    expect([lsnText(0x16_b374_d848n), lsnText(0n), lsnText(0xff_0000_0001n)]).toEqual(['16/B374D848', '0/0', 'FF/1']);
  });

  test.each([undefined, '', 'x', '0/0', '1 0/0', '1 0/0 x', '1 G/0 0', '1 0/123456789 0'])(
    '%j is no position',
    (text) => {
      expect(positionOf(text)).toBeUndefined();
    },
  );
});

describe('arrays', () => {
  const item = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('NULL', '', '{', '}', '"', '\\', ',', ' '));
  const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

  test('give back what was quoted into them', () => {
    fc.assert(
      fc.property(fc.array(fc.option(item)), (items) => {
        const text = `{${items.map((one) => (one === null ? 'NULL' : quoted(one))).join(',')}}`;
        expect(arrayItems(text)).toEqual(items);
      }),
    );
  });

  test.each(['', '{', '}', '{1', '{1,}', '{,}', '{1}x', '{"a}', '{{1}', '(1,2)', '{{{{{{{{{1}}}}}}}}}'])(
    '%s is none',
    (text) => {
      expect(arrayItems(text)).toBeUndefined();
    },
  );

  test('a large one is read', () => {
    const big = 'x'.repeat(3_000_000);
    expect(arrayItems(`{${quoted(`${big}\\`)},${Array.from({ length: 100_000 }, () => '1').join(',')}}`)).toHaveLength(
      100_001,
    );
  });
});

describe('messages of pgoutput', () => {
  test.each([
    ['nothing', ''],
    ['an unknown tag', '?'],
    ['a commit that ends early', 'C\0\0'],
    ['a name without end', 'Y\0\0\0\x01name'],
    ['a value of an unknown form', 'I\0\0\0\x01N\0\x01b'],
    ['a value longer than the message', 'I\0\0\0\x01N\0\x01t\0\0\xff\xffx'],
  ])('%s is refused', (_name, text) => {
    expect(() => decodePgOutput(Buffer.from(text, 'latin1'))).toThrow(/^a message of pgoutput /);
  });

  test('whatever comes is refused or read, and ends', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('B', 'C', 'R', 'Y', 'I', 'U', 'D', 'T', 'O', 'M'),
        fc.uint8Array({ maxLength: 60 }),
        (tag, bytes) => {
          try {
            decodePgOutput(Buffer.concat([Buffer.from(tag), bytes]));
          } catch (error) {
            expect(String(error)).toContain('a message of pgoutput');
          }
        },
      ),
    );
  });
});

describe('what goes into one emit', () => {
  const relation: Relation = {
    id: 1,
    schema: 'public',
    name: 't',
    identity: 'd',
    columns: [{ name: 'id', key: true, type: 23 }],
  };
  const insert: PgOutput = { kind: 'insert', relation: 1, after: [{ text: '1' }] };

  function queue(from = { lsn: 0n, index: 0 }, tables?: ReadonlySet<string>): ChangeQueue {
    const made = new ChangeQueue({ operations: new Set(['insert']), tables, from });
    made.add({ kind: 'relation', relation }, 10);
    return made;
  }

  function transaction(to: ChangeQueue, lsn: bigint, { changes = 1, open = false, bytes = 10 }): void {
    to.add({ kind: 'begin', commitLsn: lsn, commitMicros: 0n, xid: 1 }, 10);
    for (let i = 0; i < changes; i += 1) to.add(insert, bytes);
    if (!open) to.add({ kind: 'commit', commitLsn: lsn, endLsn: lsn + 8n }, 10);
  }

  function taken(from: ChangeQueue): unknown[] {
    const batch = from.take();
    return batch ? [batch.changes.length, batch.reached.lsn, batch.reached.index, batch.flushed] : [];
  }

  test('is every whole transaction that is there', () => {
    const all = queue();
    transaction(all, 100n, { changes: 2 });
    transaction(all, 200n, { changes: 3 });
    transaction(all, 300n, { changes: 1, open: true });
    expect(taken(all)).toEqual([5, 208n, 0, 208n]);
    expect(taken(all)).toEqual([]);
    expect(all.empty).toBe(false);
  });

  test('is not more than fits, and no transaction is broken for that', () => {
    const all = queue();
    transaction(all, 100n, { changes: 600 });
    transaction(all, 200n, { changes: 600 });
    expect(taken(all)).toEqual([600, 108n, 0, 108n]);
    expect(taken(all)).toEqual([600, 208n, 0, 208n]);
    expect(all.empty).toBe(true);
  });

  test('is a piece of a transaction that does not fit, also before it is all there', () => {
    const all = queue();
    transaction(all, 100n, { changes: 1500, open: true });
    expect(taken(all)).toEqual([1000, 100n, 1000, undefined]);
    expect(taken(all)).toEqual([]);
    all.add({ kind: 'commit', commitLsn: 100n, endLsn: 108n }, 10);
    expect(taken(all)).toEqual([500, 108n, 0, 108n]);
  });

  test('is as many changes as their bytes allow', () => {
    const all = queue();
    transaction(all, 100n, { changes: 3, bytes: 3 * 1024 * 1024 });
    expect(all.full).toBe(true);
    expect(taken(all)).toEqual([2, 100n, 2, undefined]);
    expect(all.full).toBe(false);
    expect(taken(all)).toEqual([1, 108n, 0, 108n]);
  });

  test('is nothing of what was accepted before', () => {
    const all = queue({ lsn: 200n, index: 2 });
    transaction(all, 100n, { changes: 2 });
    transaction(all, 200n, { changes: 3 });
    const batch = all.take();
    expect(batch?.changes.map(({ transaction: { lsn }, index }) => [lsn, index])).toEqual([[200n, 2]]);
    expect(batch?.flushed).toBe(208n);
  });

  test('is nothing of other tables, of which the server need not keep anything', () => {
    const all = queue(undefined, new Set(['public.other']));
    transaction(all, 100n, { changes: 2 });
    expect(taken(all)).toEqual([0, 108n, 0, 108n]);
  });

  test('a change of a table that was not said is no change to pass over', () => {
    const all = queue();
    all.add({ kind: 'begin', commitLsn: 1n, commitMicros: 0n, xid: 1 }, 10);
    expect(() => all.add({ kind: 'insert', relation: 9, after: [] }, 10)).toThrow(
      'without its transaction or its table',
    );
  });
});
