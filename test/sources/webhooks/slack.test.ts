import { describe, expect, test } from 'vitest';
import { slack } from '../../../sources/webhooks/slack.ts';
import { ARRIVED, attributes, config, dataText, posted, read } from './posted.ts';
import { openWebhook } from './open-webhook.ts';
import { SECONDS, SLACK_SECRET, slackRequest } from './signed.ts';

const MENTION = {
  token: 'ZZZZZZWSxiZZZ2yIvs3peJ',
  team_id: 'T123ABC456',
  api_app_id: 'A123ABC456',
  event: { type: 'app_mention', user: 'U123ABC456', ts: '1515449522.000016', channel: 'C123ABC456' },
  type: 'event_callback',
  event_id: 'Ev123ABC456',
  event_time: 1515449522,
};
const EMPTY = { status: 200, headers: {}, body: '' };
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const form = (fields: Readonly<Record<string, string>>) => posted(new URLSearchParams(fields).toString(), FORM);

describe('the Events API', () => {
  test('an event, answered with an empty 200', () => {
    const { happenings, answer } = read(slack, slackRequest(MENTION));
    expect(attributes(happenings[0]?.event)).toEqual({
      id: 'Ev123ABC456',
      source: 'https://app.slack.com/client/T123ABC456',
      type: 'com.slack.app_mention',
      subject: 'C123ABC456',
      time: '2018-01-08T22:12:02.000Z',
      datacontenttype: 'application/json',
    });
    expect(answer).toEqual(EMPTY);
  });

  test.each([
    [{ type: 'team_join', user: { id: 'U1' } }, 'U1'],
    [{ type: 'channel_created', channel: { id: 'C1' } }, 'C1'],
    [{ type: 'reaction_added', user: 'U1', item: { channel: 'C2' } }, 'C2'],
    [{ type: 'tokens_revoked' }, undefined],
  ])('%o is about %s', (event, subject) => {
    const { happenings } = read(slack, slackRequest({ ...MENTION, event }));
    expect(attributes(happenings[0]?.event)['subject']).toBe(subject);
  });

  test('a retry is the same event', () => {
    const [first] = read(slack, slackRequest(MENTION)).happenings;
    const retried = slackRequest(MENTION, { 'X-Slack-Retry-Num': '1', 'X-Slack-Retry-Reason': 'http_timeout' });
    expect(attributes(read(slack, retried).happenings[0]?.event)).toEqual(attributes(first?.event));
  });

  test('url_verification is answered with its challenge, and emits nothing', async () => {
    const { world, post } = openWebhook({ provider: 'slack' }, [SLACK_SECRET]);
    const request = slackRequest({
      token: 't',
      challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
      type: 'url_verification',
    });
    expect(await post(request)).toMatchObject({
      status: 200,
      body: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
    });
    expect(world.emitted).toEqual([]);
  });

  test('a challenge that is not signed is not answered', async () => {
    const { post } = openWebhook({ provider: 'slack' }, [SLACK_SECRET]);
    expect((await post(posted({ type: 'url_verification', challenge: 'abc' }))).status).toBe(401);
  });

  test('being told of too many events is an event', () => {
    const { happenings } = read(
      slack,
      slackRequest({ type: 'app_rate_limited', team_id: 'T1', minute_rate_limited: 1518467820, api_app_id: 'A1' }),
    );
    expect(attributes(happenings[0]?.event)).toMatchObject({
      id: 'app_rate_limited/T1/A1/1518467820',
      type: 'com.slack.app_rate_limited',
      time: '2018-02-12T20:37:00.000Z',
    });
  });

  test.each([['{}'], ['{"type":"event_callback","event":{}}'], ['{"type":"url_verification"}'], ['[1]'], ['']])(
    '%s is refused with 400',
    (body) => {
      expect(slack.read(slackRequest(body), config(slack))).toMatchObject({ status: 400 });
    },
  );
});

describe('commands and interactions', () => {
  test('a slash command', () => {
    const { happenings, answer } = read(
      slack,
      form({
        team_id: 'T1',
        channel_id: 'C1',
        command: '/weather',
        text: '94070',
        trigger_id: '13345224609.738474920.8088930838d88f008e0',
      }),
    );
    expect(attributes(happenings[0]?.event)).toEqual({
      id: '13345224609.738474920.8088930838d88f008e0',
      source: 'https://app.slack.com/client/T1',
      type: 'com.slack.slash_command',
      subject: '/weather',
      time: ARRIVED,
      datacontenttype: 'application/x-www-form-urlencoded',
    });
    expect(answer).toEqual(EMPTY);
  });

  test('an interaction is the JSON of its payload', () => {
    const payload = JSON.stringify({
      type: 'view_submission',
      team: { id: 'T1' },
      trigger_id: '12.34.ab',
      view: { id: 'V1', callback_id: 'ünicode + & form' },
    });
    const { happenings } = read(slack, form({ payload }));
    expect(attributes(happenings[0]?.event)).toMatchObject({
      id: '12.34.ab',
      type: 'com.slack.view_submission',
      subject: 'ünicode + & form',
      datacontenttype: 'application/json',
    });
    expect(dataText(happenings[0]?.event)).toBe(payload);
  });

  test('an interaction without trigger id has the same id when it comes again, and another when it differs', () => {
    const closed = (id: string) =>
      attributes(
        read(slack, form({ payload: JSON.stringify({ type: 'view_closed', view: { id } }) })).happenings[0]?.event,
      )['id'];
    expect(closed('V1')).toBe(closed('V1'));
    expect(closed('V1')).not.toBe(closed('V2'));
  });

  test('the check of the certificate is answered, and is no event', () => {
    expect(read(slack, form({ ssl_check: '1', token: 't' }))).toEqual({ happenings: [], answer: EMPTY });
  });

  test.each([[{ a: 'b' }], [{ payload: 'no JSON' }], [{ payload: '{}' }]])('%o is refused with 400', (fields) => {
    expect(slack.read(form(fields), config(slack))).toMatchObject({ status: 400 });
  });
});

describe('what is genuine', () => {
  const trusted = config(slack, [SLACK_SECRET]);

  test.each([
    ['X-Slack-Signature', undefined],
    ['X-Slack-Signature', 'v0='],
    ['X-Slack-Signature', `v1=${'a'.repeat(64)}`],
    ['X-Slack-Request-Timestamp', undefined],
    ['X-Slack-Request-Timestamp', String(Number(SECONDS) + 1)],
  ])('%s: %s is refused with 401', (name, value) => {
    expect(slack.verify(slackRequest(MENTION, { [name]: value }), trusted)).toMatchObject({ status: 401 });
  });

  test('what was recorded is refused once it is older than the tolerance', () => {
    const old = slackRequest(MENTION, {}, String(Number(SECONDS) - 301));
    expect(slack.verify(old, trusted)).toMatchObject({ status: 401, message: expect.stringContaining('301 s ago') });
  });
});
