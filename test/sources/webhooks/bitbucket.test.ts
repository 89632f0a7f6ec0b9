import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bitbucket } from '../../../sources/webhooks/bitbucket.ts';
import { ARRIVED, attributes, config, eventsOf, posted } from './posted.ts';

const CLOUD = { full_name: 'team/repo', links: { html: { href: 'https://bitbucket.org/team/repo' } } };
const CENTER = { slug: 'repo', project: { key: 'PRJ' } };
const UPDATED = '2017-09-19T09:58:11.123456+00:00';

type Row = readonly [key: string, payload: object, source: string, subject?: string, time?: string];

describe('Cloud', () => {
  const SOURCE = 'https://bitbucket.org/team/repo';
  test.each(
    rows([
      ['repo:push', { repository: CLOUD, push: { changes: [{ new: { name: 'main' }, old: null }] } }, SOURCE, 'main'],
      ['repo:push', { repository: CLOUD, push: { changes: [{ new: null, old: { name: 'x' } }] } }, SOURCE, 'x'],
      ['repo:push', { repository: CLOUD, push: { changes: [{ new: { name: 'a' } }, { new: { name: 'b' } }] } }, SOURCE],
      ['pullrequest:created', { repository: CLOUD, pullrequest: { id: 1, updated_on: UPDATED } }, SOURCE, '1', UPDATED],
      [
        'pullrequest:comment_created',
        { repository: CLOUD, pullrequest: { id: 1, updated_on: 'never' }, comment: { updated_on: UPDATED } },
        SOURCE,
        '1',
        UPDATED,
      ],
      ['issue:updated', { repository: CLOUD, issue: { id: 7, updated_on: UPDATED } }, SOURCE, '7', UPDATED],
      [
        'repo:commit_status_created',
        { repository: CLOUD, commit_status: { commit: { hash: '9fec' }, updated_on: UPDATED } },
        SOURCE,
        '9fec',
        UPDATED,
      ],
    ]),
  )('%s', (_name, [key, payload, source, subject, time = ARRIVED]) => {
    const [made] = eventsOf(bitbucket, posted(payload, { 'X-Event-Key': key, 'X-Request-UUID': 'uuid-1' }));
    expect(attributes(made)).toEqual({
      id: 'uuid-1',
      type: `com.bitbucket.${key}`,
      source,
      ...(subject === undefined ? {} : { subject }),
      time,
      datacontenttype: 'application/json',
    });
  });
});

describe('Data Center', () => {
  const SOURCE = '/projects/PRJ/repos/repo';
  test.each(
    rows([
      [
        'repo:refs_changed',
        { date: '2017-09-19T09:47:32+1000', repository: CENTER, changes: [{ ref: { id: 'refs/heads/main' } }] },
        SOURCE,
        'refs/heads/main',
        '2017-09-19T09:47:32+10:00',
      ],
      [
        'pr:opened',
        { date: '2017-09-19T09:58:11+1000', pullRequest: { id: 1, toRef: { repository: CENTER } } },
        SOURCE,
        '1',
        '2017-09-19T09:58:11+10:00',
      ],
      ['diagnostics:ping', { test: true }, '/apis/v1/namespaces/default/webhooksources/it'],
    ]),
  )('%s', (_name, [key, payload, source, subject, time = ARRIVED]) => {
    const [made] = eventsOf(bitbucket, posted(payload, { 'X-Event-Key': key, 'X-Request-Id': 'id-1' }));
    expect(attributes(made)).toEqual({
      id: 'id-1',
      type: `com.bitbucket.${key}`,
      source,
      ...(subject === undefined ? {} : { subject }),
      time,
      datacontenttype: 'application/json',
    });
  });
});

test('without an id of its sender the id is a hash of event and body', () => {
  const idOf = (key: string): unknown => attributes(eventsOf(bitbucket, posted({}, { 'X-Event-Key': key }))[0])['id'];
  expect(idOf('repo:push')).toBe(idOf('repo:push'));
  expect(idOf('repo:push')).not.toBe(idOf('repo:fork'));
});

describe('signatures', () => {
  // From Bitbucket's documentation: secret and body, and what they are signed with.
  const SECRET = "It's a Secret to Everybody";
  const BODY = 'Hello World!';
  const OFFICIAL = 'sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9';
  const code = (headers: Readonly<Record<string, string>>): string | undefined =>
    bitbucket.verify(posted(BODY, headers), config(bitbucket, ['other', SECRET]))?.code;

  test("Atlassian's own example is genuine [Bitbucket Cloud, Secure webhooks]", () => {
    expect(code({ 'X-Hub-Signature': OFFICIAL })).toBeUndefined();
  });

  test('SHA-1, which others send under the same name, is none', () => {
    const sha1 = `sha1=${createHmac('sha1', SECRET).update(BODY).digest('hex')}`;
    expect(code({ 'X-Hub-Signature': sha1 })).toBe('signature-invalid');
  });

  test('another signature and none are refused', () => {
    expect(code({ 'X-Hub-Signature': `sha256=${'0'.repeat(64)}` })).toBe('signature-invalid');
    expect(code({})).toBe('signature-missing');
  });
});

test('a request without its event key is refused', () => {
  expect(bitbucket.read(posted({}), config(bitbucket))).toMatchObject({ status: 400 });
});

function rows(all: readonly Row[]): (readonly [name: string, row: Row])[] {
  return all.map((row) => [JSON.stringify(row), row]);
}
