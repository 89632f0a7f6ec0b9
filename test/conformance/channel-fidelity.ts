import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Entry } from '../../events/entry.ts';
import type { AttributeValue } from '../../events/event.ts';
import type { ChannelCase } from './channel-case.ts';
import type { Trial } from './channel-trial.ts';

/** Unicode without what CloudEvents forbids in a String: control characters, surrogates, noncharacters. [CloudEvents 1.0 "Type System"] */
const character = fc
  .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0xa0, max: 0x10_ff_ff }))
  .filter(
    (code) =>
      !(code >= 0xd8_00 && code <= 0xdf_ff) && !(code >= 0xfd_d0 && code <= 0xfd_ef) && (code & 0xff_fe) !== 0xff_fe,
  )
  .map((code) => String.fromCodePoint(code));
const text = fc.string({ unit: character, minLength: 1, maxLength: 40 });
const nameCharacter = fc.constantFrom(...Array.from('abcdefghijklmnopqrstuvwxyz0123456789'));
const RESERVED = new Set(['data', 'id', 'source', 'type', 'specversion']);
const name = fc.string({ unit: nameCharacter, minLength: 1, maxLength: 20 }).filter((text) => !RESERVED.has(text));
const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  text,
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.boolean(),
  fc.constantFrom('5', '-1', 'true', 'false', '', ' ', '2026-01-01T00:00:00Z'),
);
const data = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined });
const parts = fc.record({
  attributes: fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 8 }),
  type: text,
  data,
  hops: fc.integer({ min: 0, max: 255 }),
  trace: fc.option(fc.constant('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'), { nil: undefined }),
});

/** What every byte, type and boundary there is looks like; those that chance finds too seldom. */
const corners: readonly {
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly data?: Uint8Array;
}[] = [
  {},
  { data: new Uint8Array(0) },
  { data: Uint8Array.from({ length: 256 }, (_, i) => i) },
  { data: Buffer.from('{"a": 1.0, "a": 2, "\\u0041": "\\ud83d\\ude00"}\r\n') },
  { data: new Uint8Array(512 * 1024).fill(0xc3) },
  { attributes: { max: 2 ** 31 - 1, min: -(2 ** 31), zero: 0, yes: true, no: false } },
  { attributes: { number: '5', yes: 'true', empty: '', space: ' ', quote: '"%,;=\\', emoji: '\u{1f600}' } },
  {
    attributes: {
      7: 'a name of digits',
      datacontenttype: 'application/json; charset=utf-16',
      time: '2026-01-01T00:00:00.1+01:00',
    },
  },
];

function plain({ event, ...known }: Entry): unknown {
  const attributes = [...event.attributes].sort(([a], [b]) => (a < b ? -1 : 1));
  const data = event.data === undefined ? 'none' : Buffer.from(event.data).toString('latin1');
  return { attributes, data, ...known };
}

async function comesBackIdentical(trial: Trial): Promise<void> {
  await trial.declare('one');
  const one = trial.record('one');
  const check = async (entries: readonly Entry[]): Promise<void> => {
    const before = one.seen.length;
    await trial.append(...entries);
    await trial.until('all come', () => one.seen.length >= before + entries.length);
    const come = new Map(one.seen.slice(before).map(({ id, delivery }) => [id, plain(delivery.entry)]));
    for (const entry of entries) assert.deepEqual(come.get(String(entry.event.attributes.get('id'))), plain(entry));
  };
  await check(corners.map((corner, i) => trial.entry(`corner-${i}`, corner)));
  let count = 0;
  const property = fc.asyncProperty(fc.array(parts, { minLength: 1, maxLength: 8 }), (batch) =>
    check(
      batch.map(({ attributes, type, data, hops, trace }) => {
        count += 1;
        const entry = trial.entry(String(count), {
          type,
          ...(data && { data }),
          attributes: Object.fromEntries(attributes),
        });
        return { ...entry, hops, ...(trace !== undefined && { trace }) };
      }),
    ),
  );
  await fc.assert(property, { numRuns: 60, endOnFailure: true });
}

/** That a channel changes nothing. */
export const fidelityCases: readonly ChannelCase[] = [
  { name: 'bytes, attributes, types come back identical', run: comesBackIdentical },
];
