import { describe, expect, test } from 'vitest';
import { LIMIT_ROWS, limitFlag, limitFlags } from '../../broker/limit-rows.ts';
import { DEFAULT_LIMITS } from '../../broker/limits.ts';
import { limitsOf } from '../../cli/limit-flags.ts';
import { EVENT } from '../support/ingress.ts';
import { send } from '../support/raw-http.ts';
import { ownFolder } from '../support/serving.ts';
import { ran } from '../support/terminal.ts';
import { weirServing } from '../support/weir-command.ts';

describe('--limit', () => {
  test.each<[string, object]>([
    ['body-bytes=2MiB', { bodyBytes: 2 * 1024 * 1024 }],
    ['body-bytes=64KiB', { bodyBytes: 65_536 }],
    ['body-bytes=1.5 MiB', { bodyBytes: 1_572_864 }],
    ['error-bytes=1000', { errorBytes: 1000 }],
    ['idle-origin=PT90S', { idleOriginMs: 90_000 }],
    ['drain=60s', { drainMs: 60_000 }],
    ['quiet=50ms', { quietMs: 50 }],
    ['retention=P2D', { retentionMs: 172_800_000 }],
    ['in-flight=8', { inFlight: 8 }],
    ['volume-share=70%', { volumeShare: 0.7 }],
    ['volume-share=0.5', { volumeShare: 0.5 }],
  ])('%s is understood, and the others keep their defaults', (text, changed) => {
    expect(limitsOf([text])).toEqual({ ...DEFAULT_LIMITS, ...changed });
  });

  test('may be repeated for several', () => {
    expect(limitsOf(['hops=3', 'sockets=10'])).toEqual({ ...DEFAULT_LIMITS, hops: 3, sockets: 10 });
  });

  test.each<[string, string]>([
    ['hops', '"hops" is not NAME=VALUE; for example body-bytes=2MiB'],
    ['body-bites=1MiB', '"body-bites" is no limit; did you mean body-bytes?'],
    ['body=1MiB', '"body" is no limit; did you mean body-bytes?'],
    ['colour=red', '"colour" is no limit; `weir serve --help` lists those there are'],
    ['__proto__=1', '"__proto__" is no limit; `weir serve --help` lists those there are'],
    ['body-bytes=1MB', 'body-bytes: "1MB" is not understood; write bytes such as 1MiB, 64KiB or 1000'],
    ['body-bytes=', 'body-bytes: "" is not understood; write bytes such as 1MiB, 64KiB or 1000'],
    ['drain=25', 'drain: "25" is not understood; write a duration such as PT60S, 60s or 200ms'],
    ['drain=-PT1S', 'drain: "-PT1S" is not understood; write a duration such as PT60S, 60s or 200ms'],
    ['hops=1.5', 'hops: "1.5" is not understood; write a whole number'],
    ['body-bytes=100MiB', 'body-bytes: 100 MiB is not allowed; from 1 KiB to 64 MiB'],
    ['hops=0', 'hops: 0 is not allowed; from 1 to 1,000'],
    ['volume-share=200%', 'volume-share: 200 % is not allowed; from 1 % to 100 %'],
    [
      'append-queue-bytes=512KiB',
      'append-queue-bytes: 512 KiB has no room for one body of 1 MiB; make it larger, or body-bytes smaller',
    ],
  ])('%s is exit code 2 and says what is allowed', async (text, message) => {
    expect(await ran(['serve', '--limit', text])).toEqual({ code: 2, out: '', err: `weir: --limit: ${message}\n` });
  });

  test('twice for one limit is refused', () => {
    expect(() => limitsOf(['hops=3', 'hops=4'])).toThrow('--limit: hops is said twice; say it once');
  });

  test('is in the help with every name and default', async () => {
    const { out } = await ran(['serve', '--help']);
    for (const flag of limitFlags().keys()) expect(out).toMatch(new RegExp(`^  ${flag} +\\S`, 'm'));
    expect(out).toMatch(/^ {2}drain +25 s$/m);
  });

  test('counts in the process that serves', async () => {
    const { listen } = await weirServing(
      ['serve', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--limit', 'body-bytes=2KiB'],
      { cwd: await ownFolder() },
    );
    const answered = await send(`${listen}/default/default`, { headers: EVENT, body: new Uint8Array(2049) });
    expect([answered.status, answered.text]).toEqual([413, expect.stringContaining('limit of 2 KiB')]);
  });
});

test('every default is within what is allowed, and no two limits have one name', () => {
  expect(limitsOf([])).toEqual(DEFAULT_LIMITS);
  for (const [flag, name] of limitFlags()) {
    const { min, max } = LIMIT_ROWS[name];
    const value = DEFAULT_LIMITS[name];
    expect([flag, value >= min, value <= max]).toEqual([flag, true, true]);
  }
  expect(new Set(Object.keys(LIMIT_ROWS).map(limitFlag)).size).toBe(Object.keys(LIMIT_ROWS).length);
});
