import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { gitlab } from '../../../sources/webhooks/gitlab.ts';
import { ARRIVED, attributes, config, eventsOf, posted } from './posted.ts';

const HOMEPAGE = 'http://example.com/mike/diaspora';
const repository = { name: 'Diaspora', homepage: HOMEPAGE };
const project = { id: 1, web_url: 'http://example.com/gitlabhq/gitlab-test' };
const CREATED = '2015-05-17 18:08:09 UTC';
const NOTE = (noteable_type: string, at: string): object => ({
  object_kind: 'note',
  project,
  object_attributes: { id: 1243, noteable_type, created_at: CREATED, url: `${project.web_url}/${at}#note_1243` },
});

type Row = readonly [payload: object, type: string, source: string, subject?: string, time?: string];

describe('what the official adapter says [CloudEvents adapters/gitlab.md]', () => {
  test.each(
    rows([
      [{ object_kind: 'push', checkout_sha: 'da1560886d', repository }, 'push', HOMEPAGE, 'da1560886d'],
      [{ object_kind: 'tag_push', ref: 'refs/tags/v1.0.0', repository }, 'tag_push', HOMEPAGE, 'refs/tags/v1.0.0'],
      [
        { object_kind: 'issue', repository, object_attributes: { id: 301, iid: 23, state: 'opened', action: 'open' } },
        'issue.opened',
        HOMEPAGE,
        '23',
      ],
      [
        { ...NOTE('Commit', 'commit/cfe32cf6'), commit: { url: 'http://example.com/commit/cfe32cf6' } },
        'note.commit',
        'http://example.com/commit/cfe32cf6',
        '1243',
        '2015-05-17T18:08:09Z',
      ],
      [
        NOTE('MergeRequest', 'merge_requests/1'),
        'note.merge_request',
        `${project.web_url}/merge_requests/1`,
        '1243',
        '2015-05-17T18:08:09Z',
      ],
      [NOTE('Issue', 'issues/17'), 'note.issue', `${project.web_url}/issues/17`, '1243', '2015-05-17T18:08:09Z'],
      [
        NOTE('Snippet', 'snippets/53'),
        'note.snippet',
        `${project.web_url}/snippets/53`,
        '1243',
        '2015-05-17T18:08:09Z',
      ],
      [
        {
          object_kind: 'merge_request',
          repository,
          object_attributes: { iid: 1, action: 'open', created_at: '2013-12-03T17:23:34Z' },
        },
        'merge_request.open',
        HOMEPAGE,
        '1',
        '2013-12-03T17:23:34Z',
      ],
      [
        { object_kind: 'wiki_page', project, object_attributes: { slug: 'awesome', action: 'create' } },
        'wiki_page.create',
        project.web_url,
        'awesome',
      ],
      [
        { object_kind: 'pipeline', project, object_attributes: { id: 31, iid: 3, status: 'success' } },
        'pipeline.success',
        project.web_url,
        '31',
      ],
      [{ object_kind: 'build', repository, build_id: 1977, build_status: 'created' }, 'job.created', HOMEPAGE, '1977'],
      [{ object_kind: 'job', repository, job_id: 1977, job_status: 'failed' }, 'job.failed', HOMEPAGE, '1977'],
    ]),
  )('%s', (_name, [payload, type, source, subject, time = ARRIVED]) => {
    const [made] = eventsOf(gitlab, posted(payload, { 'Idempotency-Key': 'f5e5f430' }));
    expect(attributes(made)).toEqual({
      id: 'f5e5f430',
      type: `com.gitlab.${type}`,
      source,
      ...(subject === undefined ? {} : { subject }),
      time,
      datacontenttype: 'application/json',
    });
  });
});

describe('what it does not cover', () => {
  test.each(
    rows([
      [{ object_kind: 'release', action: 'create', tag: 'v1.1', project }, 'release.create', project.web_url, 'v1.1'],
      [
        { object_kind: 'deployment', status: 'success', deployment_id: 15, project },
        'deployment.success',
        project.web_url,
        '15',
      ],
      [{ object_kind: 'feature_flag', project, object_attributes: { id: 6 } }, 'feature_flag', project.web_url, '6'],
      [
        { object_kind: 'emoji', event_type: 'award', project, object_attributes: { id: 1, action: 'award' } },
        'emoji.award',
        project.web_url,
        '1',
      ],
      [NOTE('Epic', 'epics/2'), 'note.epic', `${project.web_url}/epics/2`, '1243'],
      [
        { event_name: 'user_add_to_group', user_username: 'test_user' },
        'user_add_to_group',
        'https://gitlab.example.com',
        'test_user',
      ],
    ]),
  )('%s', (_name, [payload, type, source, subject]) => {
    const [made] = eventsOf(gitlab, posted(payload, { 'X-Gitlab-Instance': 'https://gitlab.example.com' }));
    expect(attributes(made)).toMatchObject({ type: `com.gitlab.${type}`, source, subject });
  });

  test('what names no event is refused', () => {
    expect(gitlab.read(posted({ project }), config(gitlab))).toMatchObject({ status: 400 });
  });
});

describe('ids', () => {
  const idOf = (body: object, headers: Readonly<Record<string, string>>): unknown =>
    attributes(eventsOf(gitlab, posted(body, headers))[0])['id'];
  const PUSH = { object_kind: 'push' };

  test('are those that stay the same when GitLab sends again', () => {
    expect(idOf(PUSH, { 'Idempotency-Key': 'other', 'webhook-id': 'key', 'X-Gitlab-Event-UUID': 'uuid' })).toBe('key');
    expect(idOf(PUSH, { 'Idempotency-Key': 'key', 'X-Gitlab-Event-UUID': 'uuid' })).toBe('key');
  });

  test('before GitLab 17.4 are told apart by the body as well, since webhooks that set off one another share a UUID', () => {
    const headers = { 'X-Gitlab-Event-UUID': '13792a34' };
    expect(idOf(PUSH, headers)).toMatch(/^13792a34\/[\da-f]{32}$/);
    expect(idOf(PUSH, headers)).toBe(idOf(PUSH, headers));
    expect(idOf(PUSH, headers)).not.toBe(idOf({ ...PUSH, ref: 'x' }, headers));
    expect(idOf(PUSH, {})).toMatch(/^[\da-f]{64}$/);
  });
});

describe('the secret token', () => {
  const code = (headers: Readonly<Record<string, string>>, secrets: readonly string[]): string | undefined =>
    gitlab.verify(posted('{}', headers), config(gitlab, secrets))?.code;

  test('is any of spec.secrets, and nothing else', () => {
    expect(code({ 'X-Gitlab-Token': 'new' }, ['old', 'new'])).toBeUndefined();
    expect(code({ 'X-Gitlab-Token': 'ne' }, ['old', 'new'])).toBe('signature-invalid');
    expect(code({}, ['old', 'new'])).toBe('signature-missing');
  });

  test('is not a signing token', () => {
    expect(code({ 'X-Gitlab-Token': 'whsec_c2VjcmV0' }, ['whsec_c2VjcmV0'])).toBe('signature-invalid');
  });
});

describe('the signing token [Standard Webhooks]', () => {
  const KEY = Buffer.alloc(32, 7);
  const TOKEN = `whsec_${KEY.toString('base64')}`;
  const BODY = '{"object_kind":"push"}';
  const SECONDS = String(Date.parse(ARRIVED) / 1000);
  const sign = (seconds = SECONDS, key: Uint8Array = KEY): string =>
    `v1,${createHmac('sha256', key).update(`msg_1.${seconds}.${BODY}`).digest('base64')}`;
  const code = (headers: Readonly<Record<string, string>>, secrets = [TOKEN]): string | undefined =>
    gitlab.verify(
      posted(BODY, { 'webhook-id': 'msg_1', 'webhook-timestamp': SECONDS, ...headers }),
      config(gitlab, secrets),
    )?.code;

  test('signs id, time and body', () => {
    expect(code({ 'webhook-signature': sign() })).toBeUndefined();
    expect(code({ 'webhook-signature': `v1a,xyz ${sign()}` })).toBeUndefined();
    expect(code({ 'webhook-signature': sign(), 'webhook-id': 'msg_2' })).toBe('signature-invalid');
    expect(code({ 'webhook-signature': sign(SECONDS, Buffer.alloc(32, 8)) })).toBe('signature-invalid');
  });

  test('bears no other time than now, in either direction', () => {
    for (const off of [-301, 301]) {
      const seconds = String(Number(SECONDS) + off);
      expect(code({ 'webhook-signature': sign(seconds), 'webhook-timestamp': seconds })).toBe('signature-invalid');
    }
  });

  test('does not fall back to the secret token where the signature is wrong', () => {
    expect(code({ 'webhook-signature': 'v1,x', 'X-Gitlab-Token': 'plain' }, [TOKEN, 'plain'])).toBe(
      'signature-invalid',
    );
    expect(code({ 'X-Gitlab-Token': 'plain' }, [TOKEN, 'plain'])).toBeUndefined();
  });

  test('a token that is not base64 lets nobody in', () => {
    const signature = `v1,${createHmac('sha256', '').update(`msg_1.${SECONDS}.${BODY}`).digest('base64')}`;
    expect(code({ 'webhook-signature': signature }, ['whsec_!'])).toBe('signature-invalid');
  });
});

function rows(all: readonly Row[]): (readonly [name: string, row: Row])[] {
  return all.map((row) => [JSON.stringify(row), row]);
}
