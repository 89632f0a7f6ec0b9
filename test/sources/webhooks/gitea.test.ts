import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { gitea } from '../../../sources/webhooks/gitea.ts';
import { ARRIVED, attributes, config, dataText, eventsOf, posted } from './posted.ts';

const repository = { html_url: 'https://gitea.example/me/repo' };
const HEADERS = { 'X-Gitea-Event': 'push', 'X-Gitea-Delivery': 'f6266f16-1bf3-46a5-9ea4-602e06ead473' };

describe('a delivery', () => {
  test.each([
    ['push', { ref: 'refs/heads/main', repository }, 'push', 'refs/heads/main', ARRIVED],
    [
      'issues',
      { action: 'opened', issue: { number: 7, updated_at: '2026-01-02T03:04:05Z' }, repository },
      'issues.opened',
      '7',
      '2026-01-02T03:04:05Z',
    ],
    ['pull_request', { action: 'closed', number: 3, repository }, 'pull_request.closed', '3', ARRIVED],
    ['create', { ref: 'v1', ref_type: 'tag', repository }, 'create.tag', 'v1', ARRIVED],
  ] as const)('of %s is the event that GitHub would make of it', (...[name, payload, type, subject, time]) => {
    const [made] = eventsOf(gitea, posted(payload, { ...HEADERS, 'X-Gitea-Event': name }));
    expect(attributes(made)).toEqual({
      id: HEADERS['X-Gitea-Delivery'],
      type: `com.gitea.${type}`,
      source: repository.html_url,
      subject,
      time,
      datacontenttype: 'application/json',
    });
    expect(dataText(made)).toBe(JSON.stringify(payload));
  });

  test('as a form is refused, since its signature is over something else', () => {
    const form = posted('payload=%7B%7D', { ...HEADERS, 'Content-Type': 'application/x-www-form-urlencoded' });
    expect(gitea.read(form, config(gitea))).toMatchObject({ status: 400 });
  });
});

describe('a signature', () => {
  const sign = (secret: string): string => createHmac('sha256', secret).update('{}').digest('hex');
  const code = (headers: Readonly<Record<string, string>>): string | undefined =>
    gitea.verify(posted('{}', headers), config(gitea, ['old', 'new']))?.code;

  test('is one of any secret, under any of the names', () => {
    expect(code({ 'X-Gitea-Signature': sign('new') })).toBeUndefined();
    expect(code({ 'X-Forgejo-Signature': sign('old'), 'X-Gitea-Signature': sign('old') })).toBeUndefined();
  });

  test('that is wrong is not made up for by another', () => {
    expect(code({ 'X-Forgejo-Signature': sign('other'), 'X-Gitea-Signature': sign('old') })).toBe('signature-invalid');
    expect(code({ 'X-Gitea-Signature': `sha256=${sign('old')}` })).toBe('signature-invalid');
    expect(code({})).toBe('signature-missing');
  });
});
