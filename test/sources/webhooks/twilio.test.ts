import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../../events/errors.ts';
import { twilio } from '../../../sources/webhooks/twilio.ts';
import { SourceWorld } from '../source-world.ts';
import { attributes, config, posted, read } from './posted.ts';
import { openWebhook } from './open-webhook.ts';
import { TWILIO_SECRET, twilioRequest } from './signed.ts';

const told = (fields: Readonly<Record<string, string>>, headers = {}) =>
  attributes(read(twilio, twilioRequest({ AccountSid: 'AC1', ...fields }, headers)).happenings[0]?.event);

describe('what it tells', () => {
  test('a message that came in, answered with an empty TwiML document', () => {
    const request = twilioRequest(
      { AccountSid: 'AC1', MessageSid: 'SM1', SmsSid: 'SM1', SmsStatus: 'received', From: '+1', Body: 'hi' },
      { 'I-Twilio-Idempotency-Token': '5de5a5e0-9ee2-4f1c' },
    );
    const { happenings, answer } = read(twilio, request);
    expect(attributes(happenings[0]?.event)).toEqual({
      id: '5de5a5e0-9ee2-4f1c',
      source: 'https://api.twilio.com/2010-04-01/Accounts/AC1',
      type: 'com.twilio.message.received',
      subject: 'SM1',
      time: '2026-01-01T00:00:00.000Z',
      datacontenttype: 'application/x-www-form-urlencoded; charset=UTF-8',
    });
    expect(answer).toEqual({
      status: 200,
      headers: { 'content-type': 'text/xml; charset=utf-8' },
      body: '<?xml version="1.0" encoding="UTF-8"?><Response/>',
    });
  });

  test.each([
    [{ MessageSid: 'SM1', MessageStatus: 'delivered' }, 'com.twilio.message.delivered', 'SM1'],
    [{ CallSid: 'CA1', CallStatus: 'ringing' }, 'com.twilio.call.ringing', 'CA1'],
    [{ CallSid: 'CA1', RecordingSid: 'RE1', RecordingStatus: 'completed' }, 'com.twilio.recording.completed', 'RE1'],
    [{ EventType: 'onMessageAdded', ConversationSid: 'CH1', MessageSid: 'IM1' }, 'com.twilio.onMessageAdded', 'IM1'],
    [{ Other: 'thing' }, 'com.twilio.webhook', undefined],
  ])('%o', (fields, type, subject) => {
    expect(told(fields)).toMatchObject({ type });
    expect(told(fields)['subject']).toBe(subject);
  });

  test('the time a call was reported', () => {
    expect(told({ CallSid: 'CA1', Timestamp: 'Mon, 16 Aug 2010 03:45:01 +0000' })['time']).toBe(
      '2010-08-16T03:45:01.000Z',
    );
  });

  test('without a token: what is sent again has the same id, another digit that is pressed another', () => {
    const id = (digits: string) => told({ CallSid: 'CA1', CallStatus: 'in-progress', Digits: digits })['id'];
    expect(id('1')).toBe(id('1'));
    expect(id('1')).not.toBe(id('2'));
  });

  test('Event Streams are the CloudEvents they are, all of them', () => {
    const event = (id: string) => ({
      specversion: '1.0',
      id,
      source: '/v1/streams',
      type: 'com.twilio.messaging.message.sent',
      data: { a: 1 },
    });
    const { happenings } = read(twilio, posted([event('1'), event('2')]));
    expect(happenings.map(({ name, event }) => [name, attributes(event)['id']])).toEqual([
      ['com.twilio.messaging.message.sent', '1'],
      ['com.twilio.messaging.message.sent', '2'],
    ]);
  });

  test('a body that is neither is refused with 400', () => {
    expect(twilio.read(posted('{"a":1}'), config(twilio))).toMatchObject({ status: 400 });
  });
});

describe('the address it signs', () => {
  test('without a public URL the source is refused, as nothing could be verified', () => {
    const world = new SourceWorld();
    world.publicUrl = undefined;
    expect(() => openWebhook({ provider: 'twilio' }, [TWILIO_SECRET], world)).toThrow(RefusedError);
    expect(() => openWebhook({ provider: 'twilio' }, [TWILIO_SECRET], world)).toThrow(/--public-url/);
  });

  test('a slash at the end of the public URL does not matter', async () => {
    const world = new SourceWorld();
    world.publicUrl = 'https://weir.example.com/';
    const { post } = openWebhook({ provider: 'twilio' }, [TWILIO_SECRET], world);
    expect((await post(twilioRequest({ MessageSid: 'SM1' }))).status).toBe(200);
  });

  test('a signature of one parameter does not fit another', () => {
    const trusted = { ...config(twilio, [TWILIO_SECRET]), publicUrl: 'https://weir.example.com' };
    const request = twilioRequest({ MessageSid: 'SM1', Body: 'pay 1' });
    expect(twilio.verify(request, trusted)).toBeUndefined();
    const forged = { ...request, body: new TextEncoder().encode('MessageSid=SM1&Body=pay+1000') };
    expect(twilio.verify(forged, trusted)).toMatchObject({ status: 401, code: 'signature-invalid' });
  });
});
