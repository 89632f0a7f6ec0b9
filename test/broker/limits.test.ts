import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { LIMIT_ROWS, limitFlags, limitText } from '../../broker/limit-rows.ts';
import { DEFAULT_LIMITS, type Limits } from '../../broker/limits.ts';
import { open } from '../../broker/open.ts';
import { embeddedOptions, engineSettings, httpLimits, memoryLimits } from '../../broker/part-limits.ts';
import { EMBEDDED_DEFAULTS } from '../../channels/embedded/options.ts';
import { SETTINGS } from '../../channels/log/state.ts';
import { MEMORY_LIMITS } from '../../channels/memory/memory-channel.ts';
import { QUIET_MS } from '../../resources/files/watching.ts';
import { HTTP_LIMITS } from '../../triggers/http.ts';
import { ownFolder } from '../support/serving.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('docs/limits.md says of every limit what the code says, and of no other', () => {
  const page = readFileSync(`${root}/docs/limits.md`, 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| ([^|]+) \| ([^|]+) \|/gm)].map(([, ...cells]) => cells);
  const expected = [...limitFlags()].map(([flag, name]) => [
    flag,
    limitText(name, DEFAULT_LIMITS[name]),
    LIMIT_ROWS[name].reached,
  ]);
  expect(rows).toEqual(expected);
});

test('every limit names a test that is there', () => {
  const page = readFileSync(`${root}/docs/limits.md`, 'utf8');
  const held = [...page.matchAll(/^\| `.* \[(.+)\]\(\.\.\/(test\/.+\.ts)\) \|$/gm)];
  expect(held).toHaveLength(limitFlags().size);
  for (const [, title = '', path = ''] of held) expect(readFileSync(`${root}/${path}`, 'utf8')).toContain(title);
});

test('a part that is used alone has the same defaults', () => {
  expect(EMBEDDED_DEFAULTS).toMatchObject(embeddedOptions(DEFAULT_LIMITS));
  expect(SETTINGS).toMatchObject(engineSettings(DEFAULT_LIMITS));
  expect(MEMORY_LIMITS).toEqual(memoryLimits(DEFAULT_LIMITS));
  expect(HTTP_LIMITS).toEqual(httpLimits(DEFAULT_LIMITS));
  expect(QUIET_MS).toBe(DEFAULT_LIMITS.quietMs);
});

test('every limit of a channel reaches it', () => {
  const limits: Limits = {
    ...DEFAULT_LIMITS,
    bodyBytes: 30_000_001,
    headerBytes: 10_000,
    appendQueueBytes: 50_000_003,
    segmentBytes: 4,
    reserveBytes: 5,
    volumeShare: 0.6,
    retentionMs: 7,
    retentionBytes: 8,
    triggerQueueEntries: 9,
    triggerQueueBytes: 10,
    triggerRows: 11,
    triggerDueRows: 12,
    deadLetters: 13,
    deadLetterBytes: 14,
    memoryChannelBytes: 15,
    memoryChannelRetained: 16,
    memoryChannelDeadLetters: 17,
    memoryChannelDeadLetterBytes: 18,
  };
  expect(embeddedOptions(limits)).toEqual({
    eventBytesMax: 30_010_001,
    queueBytes: 50_000_003,
    segmentBytes: 4,
    reserveBytes: 5,
    volumeShare: 0.6,
    retentionMs: 7,
    retentionBytes: 8,
  });
  expect(engineSettings(limits)).toEqual({
    queueEntries: 9,
    queueBytes: 10,
    rowsMax: 11,
    dueRows: 12,
    deadLetters: 13,
    deadLetterBytes: 14,
  });
  expect(memoryLimits(limits)).toEqual({
    bytesMax: 15,
    retainedMax: 16,
    deadLettersMax: 17,
    deadLetterBytesMax: 18,
    eventBytesMax: 30_010_001,
  });
});

test('open() takes limits, and refuses one that is none or is not allowed', async () => {
  const data = await ownFolder();
  await expect(open({ data, limits: { hops: 0 } })).rejects.toMatchObject({
    code: 'usage',
    message: 'limits.hops: 0 is not allowed; from 1 to 1,000',
  });
  const unknown: object = { colour: 3 };
  await expect(open({ data, limits: unknown })).rejects.toThrow('limits.colour: is no limit');
  const event = { specversion: '1.0', id: '1', source: '/s', type: 't', data: 'x'.repeat(70_000) };
  await using broker = await open({ data, channel: 'memory', limits: { memoryChannelBytes: 65_536 } });
  await expect(broker.publish(event)).rejects.toMatchObject({ code: 'channel-full' });
});
