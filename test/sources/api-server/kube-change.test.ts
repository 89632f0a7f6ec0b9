import { describe, expect, test } from 'vitest';
import { type Change, changeSince, readWatchLine } from '../../../sources/api-server/kube-change.ts';

const line = (text: string): ReturnType<typeof readWatchLine> => readWatchLine(new TextEncoder().encode(text));

describe('a line of a watch', () => {
  test.each([
    ['ADDED', 'add'],
    ['MODIFIED', 'update'],
    ['DELETED', 'delete'],
  ])('%s is a change, with the bytes of the object', (type, verb) => {
    const raw = '{"metadata": {"resourceVersion": "12345678901234567890"}, "n": 1.0}';
    const told = line(`{"type":"${type}","object":${raw}}`);
    expect(told).toMatchObject({ kind: 'change', version: '12345678901234567890', change: { verb } });
    expect(told?.kind === 'change' && new TextDecoder().decode(told.change.raw)).toBe(raw);
  });

  test('a bookmark says how far the watch is', () => {
    expect(line('{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}}')).toEqual({
      kind: 'version',
      version: '7',
    });
  });

  test.each([
    ['{"type":"ERROR","object":{"code":410,"reason":"Expired","message":"too old resource version: 1 (5)"}}', true],
    ['{"type":"ERROR","object":{"code":504,"message":"Too large resource version: 9, current: 5"}}', true],
    ['{"type":"ERROR","object":{"code":500,"message":"boom"}}', false],
    ['{"type":"ERROR","object":null}', false],
  ])('%s is an error, after which only a list helps: %s', (text, gone) => {
    expect(line(text)).toMatchObject({ kind: 'error', gone });
  });

  test.each(['', 'no JSON', '[]', '{"type":"ADDED"}', '{"type":"NEW","object":{"metadata":{"resourceVersion":"1"}}}'])(
    '%j is nothing that is known',
    (text) => expect(line(text)).toBeUndefined(),
  );
});

describe('an object of a list, to who knows all up to version 100 of 12:00:05.500', () => {
  const since = { version: '100', atMs: Date.parse('2026-01-01T12:00:05.500Z') };
  const verbOf = (resourceVersion: string, creationTimestamp: string): string | undefined => {
    const one: Change = {
      verb: 'add',
      raw: new Uint8Array(),
      object: { metadata: { resourceVersion, creationTimestamp } },
    };
    return changeSince(one, since)?.verb;
  };

  test.each([
    ['100', '2026-01-01T12:00:00Z', undefined],
    ['99', '2026-01-01T12:00:09Z', undefined],
    ['101', '2026-01-01T12:00:04Z', 'update'],
    ['101', '2026-01-01T12:00:05Z', 'add'],
    ['1000', '2026-01-01T12:00:06Z', 'add'],
    ['not a number', '2026-01-01T12:00:00Z', 'update'],
  ])('with version %s, created at %s, is %s', (version, created, verb) => {
    expect(verbOf(version, created)).toBe(verb);
  });
});
