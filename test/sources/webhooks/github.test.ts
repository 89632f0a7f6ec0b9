import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { github } from '../../../sources/webhooks/github.ts';
import { GITHUB_ADAPTER_EVENTS } from '../../../sources/webhooks/github-rows.ts';
import { ADAPTER_EXAMPLES } from './github-adapter-examples.ts';
import { ARRIVED, attributes, config, dataText, eventsOf, posted, read } from './posted.ts';

const HEADERS = { 'X-GitHub-Event': 'issues', 'X-GitHub-Delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958' };

describe('what the official adapter says [CloudEvents adapters/github.md]', () => {
  test.each(ADAPTER_EXAMPLES.map((example) => [`${example.event} becomes ${example.type}`, example] as const))(
    '%s',
    (_name, { event, payload, type, source, subject, time }) => {
      const [made] = eventsOf(github, posted(payload, { ...HEADERS, 'X-GitHub-Event': event }));
      expect(attributes(made)).toEqual({
        id: HEADERS['X-GitHub-Delivery'],
        type,
        source,
        ...(subject === undefined ? {} : { subject }),
        time: time ?? ARRIVED,
        datacontenttype: 'application/json',
      });
      expect(dataText(made)).toBe(JSON.stringify(payload));
    },
  );

  test('every event of its table has an example', () => {
    expect([...new Set(ADAPTER_EXAMPLES.map(({ event }) => event))].sort()).toEqual([...GITHUB_ADAPTER_EVENTS].sort());
  });
});

describe('what it does not say', () => {
  test('an event that it does not know has its action, the repository and no subject', () => {
    const payload = { action: 'opened', repository: { url: 'https://api.github.com/repos/a/b' } };
    const [made] = eventsOf(github, posted(payload, { ...HEADERS, 'X-GitHub-Event': 'sub_issues' }));
    expect(attributes(made)).toMatchObject({
      type: 'com.github.sub_issues.opened',
      source: 'https://api.github.com/repos/a/b',
      time: ARRIVED,
    });
    expect(attributes(made)).not.toHaveProperty('subject');
  });

  test.each([
    [
      { organization: { url: 'https://api.github.com/orgs/o' }, sender: { url: 'https://x' } },
      'https://api.github.com/orgs/o',
    ],
    [{ sender: { url: 'https://api.github.com/users/me' } }, 'https://api.github.com/users/me'],
    [{ repository: { url: 'not a URL' } }, 'https://github.com'],
    [{}, 'https://github.com'],
  ])('a payload without the URL is told by what it has: %j', (payload, source) => {
    const [made] = eventsOf(github, posted(payload, { ...HEADERS, 'X-GitHub-Event': 'ping' }));
    expect(attributes(made)).toMatchObject({ type: 'com.github.ping', source });
  });

  test('spec.eventTypes means the events as GitHub names them', () => {
    expect(read(github, posted({ action: 'opened' }, HEADERS)).happenings.map(({ name }) => name)).toEqual(['issues']);
  });

  test('a payload of whatever shape is an event or refused, and never throws anything else', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...GITHUB_ADAPTER_EVENTS),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (event, payload) => {
          github.read(posted(payload, { ...HEADERS, 'X-GitHub-Event': event }), config(github));
        },
      ),
    );
  });
});

describe('requests', () => {
  const SECRET = "It's a Secret to Everybody";
  const OFFICIAL = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

  test("GitHub's own example is genuine [Validating webhook deliveries]", () => {
    const request = posted('Hello, World!', { 'X-Hub-Signature-256': OFFICIAL });
    expect(github.verify(request, config(github, ['before', SECRET]))).toBeUndefined();
    expect(github.verify(request, config(github, ['before']))).toMatchObject({ code: 'signature-invalid' });
    expect(github.verify(posted('Hello, World!'), config(github, [SECRET]))).toMatchObject({ status: 401 });
  });

  test('the form of a webhook carries the payload in a field', () => {
    const form = 'payload=%7B%22action%22%3A%22opened%22%7D';
    const [made] = eventsOf(github, posted(form, { ...HEADERS, 'Content-Type': 'application/x-www-form-urlencoded' }));
    expect(dataText(made)).toBe('{"action":"opened"}');
    expect(attributes(made)).toMatchObject({ type: 'com.github.issues.opened', datacontenttype: 'application/json' });
  });

  test.each([
    ['no delivery id', { ...HEADERS, 'X-GitHub-Delivery': undefined }, 400],
    ['no event', { ...HEADERS, 'X-GitHub-Event': undefined }, 400],
    ['another content type', { ...HEADERS, 'Content-Type': 'text/plain' }, 415],
    ['Gitea, which sends the headers of GitHub as well', { ...HEADERS, 'X-Gitea-Event': 'issues' }, 400],
  ])('%s is refused', (_what, headers, status) => {
    expect(github.read(posted({}, headers), config(github))).toMatchObject({ status });
  });

  test('a signature of another body does not fit', () => {
    const signature = `sha256=${createHmac('sha256', SECRET).update('{}').digest('hex')}`;
    expect(
      github.verify(posted('{"a":1}', { 'X-Hub-Signature-256': signature }), config(github, [SECRET])),
    ).toMatchObject({ code: 'signature-invalid' });
  });
});
