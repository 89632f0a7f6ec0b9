import { expect, test } from 'vitest';
import { type Cell, cells, missing, secretScan, table } from '../support/source-table.ts';

const CELLS: readonly Cell[] = [
  { suite: 'source', kind: 'PingSource', column: 'once', status: 'passed', why: undefined },
  { suite: 'source', kind: 'PingSource', column: 'away', status: 'skipped', why: 'ticks are missed' },
  { suite: 'source', kind: 'KafkaSource', column: 'once', status: 'failed', why: undefined },
  { suite: 'source', kind: 'KafkaSource', column: 'away', status: 'passed', why: undefined },
  { suite: 'webhook', kind: 'GitHubSource', column: 'forged', status: 'passed', why: undefined },
];

test('the table has a row for each source, a column for each case, and the reasons below', () => {
  expect(table(CELLS)).toBe(`SOURCE       once  away
KafkaSource  FAIL  pass
PingSource   pass  skip 1

WEBHOOK       forged
GitHubSource  pass

skip 1: ticks are missed`);
});

test('a kind that no suite ran is named', () => {
  expect(missing(CELLS, ['PingSource', 'RedisStreamSource'])).toEqual(['RedisStreamSource']);
  const one = { suite: 'webhook', column: 'forged', status: 'passed', why: undefined } as const;
  const several = ['WebhookSource slack', 'ObjectStorageSource: minio'].map((kind) => ({ ...one, kind }));
  expect(missing(several, ['WebhookSource', 'ObjectStorageSource'])).toEqual([]);
});

test('a test that is no case of a suite is left out', () => {
  const meta = { suite: 'source', kind: 'PingSource', column: 'once' };
  const assertionResults = [
    { status: 'passed', meta: {} },
    { status: 'passed', meta },
  ];
  expect(cells(JSON.stringify({ testResults: [{ assertionResults }] }))).toEqual([{ ...meta, status: 'passed' }]);
});

test('what was looked through for secrets is counted', () => {
  const [first, second] = CELLS.map((cell, i) => ({ ...cell, scanned: i === 0 ? 7 : 5 }));
  expect(secretScan([...(first && second ? [first, second] : []), ...CELLS])).toMatch(
    /^secret scan: 12 log lines, .* of 2 cases/,
  );
});
