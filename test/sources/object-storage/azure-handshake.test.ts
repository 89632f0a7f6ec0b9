import { describe, expect, test } from 'vitest';
import { openStorage, request, secret, TOKENS } from './open-storage.ts';

const SPEC = { provider: 'azure', http: { authToken: secret('now') } };
const query = `?access_token=${TOKENS.now}`;
const VALIDATION = [
  {
    id: '2d1781af',
    topic: '/subscriptions/xxxxxxxx',
    subject: '',
    data: {
      validationCode: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6',
      validationUrl: 'https://rp-eastus2.eventgrid.azure.net/validate',
    },
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    eventTime: '2026-01-01T00:00:00Z',
    metadataVersion: '1',
    dataVersion: '1',
  },
];

describe('the handshake of CloudEvents [CloudEvents HTTP webhook 4]', () => {
  const asked = { method: 'OPTIONS', query };

  test('is granted to Event Grid', async () => {
    const { post, world } = openStorage(SPEC);
    const answer = await post(
      request('', { 'WebHook-Request-Origin': 'eventgrid.azure.net', 'WebHook-Request-Rate': '120' }, asked),
    );
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'webhook-allowed-origin': 'eventgrid.azure.net', 'webhook-allowed-rate': '*' },
    });
    expect(world.emitted).toEqual([]);
  });

  test('is granted to others only where the spec says so', async () => {
    const from = { 'WebHook-Request-Origin': 'events.example.com' };
    const refused = await openStorage(SPEC).post(request('', from, asked));
    expect(refused.status).toBe(403);
    expect(refused.headers).not.toHaveProperty('webhook-allowed-origin');
    const open = openStorage({ ...SPEC, http: { ...SPEC.http, allowedOrigins: ['events.example.com'] } });
    expect((await open.post(request('', from, asked))).status).toBe(200);
  });

  test('is refused with a token that is wrong', async () => {
    const { post } = openStorage(SPEC);
    const wrong = { method: 'OPTIONS', query: '?access_token=wrong' };
    expect((await post(request('', { 'WebHook-Request-Origin': 'eventgrid.azure.net' }, wrong))).status).toBe(401);
  });

  test('needs no token where that comes in a header, which Event Grid does not send with it', async () => {
    const { post } = openStorage(SPEC);
    expect(
      (await post(request('', { 'WebHook-Request-Origin': 'eventgrid.azure.net' }, { method: 'OPTIONS' }))).status,
    ).toBe(200);
  });
});

describe('the validation of a subscription in the schema of Event Grid', () => {
  test('is answered with its code, and emits nothing', async () => {
    const { post, world } = openStorage(SPEC);
    const answer = await post(request(VALIDATION, { 'aeg-event-type': 'SubscriptionValidation' }, { query }));
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answer.body)).toEqual({ validationResponse: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6' });
    expect(world.offered).toEqual([]);
  });

  test('is refused without the token', async () => {
    const { post } = openStorage(SPEC);
    const answer = await post(request(VALIDATION, { 'aeg-event-type': 'SubscriptionValidation' }));
    expect(answer.status).toBe(401);
    expect(answer.body).not.toContain('512d38b6');
  });
});
