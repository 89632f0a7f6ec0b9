import { describe, expect, test } from 'vitest';
import { standardWebhooks } from '../../../sources/webhooks/standard-webhooks.ts';
import { attributes, config, dataText, eventsOf } from './posted.ts';
import { openWebhook } from './open-webhook.ts';
import { STANDARD_SECRET, standardRequest } from './signed.ts';

const CONTACT = {
  type: 'contact.created',
  timestamp: '2022-11-03T20:26:10.344522Z',
  data: { id: '1f81eb52', first_name: 'John' },
};
const trusted = config(standardWebhooks, [STANDARD_SECRET]);

describe('what it tells', () => {
  test('a message as the specification advises to write it', () => {
    const [event] = eventsOf(standardWebhooks, standardRequest(CONTACT));
    expect(attributes(event)).toEqual({
      id: 'msg_1',
      source: '/apis/v1/namespaces/default/webhooksources/it',
      type: 'com.standardwebhooks.contact.created',
      subject: '1f81eb52',
      time: '2022-11-03T20:26:10.344522Z',
      datacontenttype: 'application/json',
    });
    expect(dataText(event)).toBe(JSON.stringify(CONTACT));
  });

  test('the spec says who it is that sends', () => {
    const spec = { standardWebhooks: { name: 'openai', source: 'https://api.openai.com' } };
    const [event] = eventsOf(
      standardWebhooks,
      standardRequest({ type: 'response.completed', created_at: 1750287078 }),
      spec,
    );
    expect(attributes(event)).toMatchObject({
      type: 'com.openai.response.completed',
      source: 'https://api.openai.com',
      time: '2025-06-18T22:51:18.000Z',
    });
  });

  test('a body that is no JSON is a message, byte for byte', () => {
    const [event] = eventsOf(standardWebhooks, standardRequest('plain', { 'Content-Type': 'text/plain' }));
    expect(attributes(event)).toMatchObject({ type: 'com.standardwebhooks.message', time: '2026-01-01T00:00:00.000Z' });
    expect(dataText(event)).toBe('plain');
  });
});

describe('what is genuine', () => {
  test.each([
    ['webhook-id', undefined, 'signature-missing'],
    ['webhook-timestamp', undefined, 'signature-missing'],
    ['webhook-signature', undefined, 'signature-missing'],
    ['webhook-id', 'msg_2', 'signature-invalid'],
    ['webhook-timestamp', '1767225601', 'signature-invalid'],
    ['webhook-signature', 'v1,', 'signature-invalid'],
    ['webhook-signature', `v1,${'A'.repeat(43)}=`, 'signature-invalid'],
    ['webhook-signature', 'v1,x '.repeat(17), 'signature-invalid'],
  ])('%s: %s is refused with 401', (name, value, code) => {
    expect(standardWebhooks.verify(standardRequest(CONTACT, { [name]: value }), trusted)).toMatchObject({
      status: 401,
      code,
    });
  });

  test('what was recorded is refused once it is older than the tolerance', () => {
    const later = { ...standardRequest(CONTACT), receivedAtMs: Date.parse('2026-01-01T00:05:01Z') };
    expect(standardWebhooks.verify(later, trusted)).toMatchObject({
      status: 401,
      message: expect.stringContaining('webhook-timestamp is 301 s ago'),
    });
  });

  test('the signature of one family does not count with the id of the other', () => {
    const mixed = standardRequest(CONTACT, { 'webhook-id': undefined, 'svix-id': 'msg_1' });
    expect(standardWebhooks.verify(mixed, trusted)).toMatchObject({ status: 401 });
  });

  test.each([['not base64!'], ['whsec_c2hvcnQ='], ['whpk_c2hvcnQ='], ['whsec_']])(
    'a secret %s is refused when the source is opened, and not shown',
    (secret) => {
      let message = '';
      try {
        openWebhook({ provider: 'standard-webhooks' }, [STANDARD_SECRET, secret]);
      } catch (error) {
        message = String(error);
      }
      expect(message).toContain('spec.secrets[1]: is no secret of Standard Webhooks');
      expect(message.replace(/whsec_ with|whpk_ with/g, '')).not.toContain(secret);
    },
  );
});
