import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GroupBuffer } from '../../channels/embedded/group-buffer.ts';
import {
  entryBytes,
  entryFrom,
  headOf,
  intact,
  placeOf,
  recordBytes,
  takeRecord,
} from '../../channels/embedded/record.ts';
import type { Entry } from '../../events/entry.ts';
import type { AttributeValue } from '../../events/event.ts';

const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.boolean(),
);
const attributes = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z0-9]{1,20}$/), value), {
  selector: ([name]) => name,
  maxLength: 20,
});
const entries: fc.Arbitrary<Entry> = fc
  .record(
    {
      attributes,
      data: fc.uint8Array({ maxLength: 3000 }),
      trace: fc.string(),
      hops: fc.integer({ min: 0, max: 1000 }),
      receivedAtMs: fc.integer({ min: 0, max: 2 ** 52 }),
    },
    { requiredKeys: ['attributes', 'hops', 'receivedAtMs'] },
  )
  .map(({ attributes, data, trace, ...facts }) => ({
    ...facts,
    event: { attributes: new Map(attributes), ...(data && { data }) },
    ...(trace !== undefined && { trace }),
  }));

describe('a record', () => {
  test('gives an entry back as it was: bytes, types and the order of attributes', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const found = entryFrom(entryBytes(entry));
        expect(found).toStrictEqual(entry);
        expect([...(found?.event.attributes ?? [])]).toStrictEqual([...entry.event.attributes]);
      }),
      { numRuns: 500 },
    );
  });

  test('with any bit changed is not intact', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (entry, at) => {
        const bytes = entryBytes(entry);
        const bit = at % (bytes.byteLength * 8);
        const index = bit >> 3;
        bytes[index] = (bytes[index] ?? 0) ^ (1 << (bit & 7));
        expect(entryFrom(bytes)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test('keeps no data apart from empty data', () => {
    const event = { attributes: new Map([['id', '1']]) };
    expect(entryFrom(entryBytes({ event, hops: 1, receivedAtMs: 1 }))?.event.data).toBeUndefined();
    const empty = { ...event, data: new Uint8Array() };
    expect(entryFrom(entryBytes({ event: empty, hops: 1, receivedAtMs: 1 }))?.event.data).toStrictEqual(
      new Uint8Array(),
    );
  });
});

describe('a group', () => {
  test('is the same bytes whether bodies are copied or written from where they are, whatever fits', () => {
    fc.assert(
      fc.property(
        fc.array(entries, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 4000 }),
        fc.integer({ min: 0, max: 3000 }),
        (group, bytes, inPlaceBytes) => {
          const buffer = new GroupBuffer(bytes, inPlaceBytes);
          for (let round = 0; round < 2; round += 1) {
            const sizes = group.map((entry, i) =>
              buffer.add(entry, headOf(entry), { position: 7 + i, index: i, following: group.length - 1 - i }),
            );
            const written = Buffer.concat(buffer.parts());
            expect(written.byteLength).toBe(buffer.bytes);
            let at = 0;
            for (const [i, entry] of group.entries()) {
              expect(recordBytes(written, at)).toBe(sizes[i]);
              expect(intact(written, at, recordBytes(written, at))).toBe(true);
              expect(placeOf(written, at)).toEqual({ position: 7 + i, index: i, following: group.length - 1 - i });
              expect(takeRecord(written, at, recordBytes(written, at))).toStrictEqual(entry);
              at += recordBytes(written, at);
            }
            buffer.clear();
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
