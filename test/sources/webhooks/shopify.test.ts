import { describe, expect, test } from 'vitest';
import { shopify } from '../../../sources/webhooks/shopify.ts';
import { ARRIVED, attributes, config, dataText, eventsOf } from './posted.ts';
import { SHOPIFY_SECRET, shopifyRequest } from './signed.ts';

const ORDER = { id: 4503604053, admin_graphql_api_id: 'gid://shopify/Order/820982911946154508' };
const trusted = config(shopify, [SHOPIFY_SECRET]);

describe('what it tells', () => {
  test('a topic', () => {
    const [event] = eventsOf(shopify, shopifyRequest(ORDER));
    expect(attributes(event)).toEqual({
      id: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
      source: 'https://weir-test.myshopify.com',
      type: 'com.shopify.orders/create',
      subject: 'gid://shopify/Order/820982911946154508',
      time: '2025-12-31T23:59:58.123456789Z',
      datacontenttype: 'application/json',
      shopifyeventid: '98880550-7158-44d4-b7cd-2c97c8a091b5',
    });
    expect(dataText(event)).toBe(JSON.stringify(ORDER));
  });

  test('without the id of the delivery, that of the event with its topic, as one event may be several topics', () => {
    const id = (topic: string): unknown =>
      attributes(
        eventsOf(shopify, shopifyRequest(ORDER, { 'X-Shopify-Webhook-Id': undefined, 'X-Shopify-Topic': topic }))[0],
      )['id'];
    expect(id('orders/paid')).toBe('98880550-7158-44d4-b7cd-2c97c8a091b5/orders/paid');
    expect(id('orders/create')).not.toBe(id('orders/paid'));
  });

  test('without a time it can read, that of arrival', () => {
    const [event] = eventsOf(shopify, shopifyRequest({ id: 7 }, { 'X-Shopify-Triggered-At': 'yesterday' }));
    expect(attributes(event)).toMatchObject({ time: ARRIVED, subject: '7' });
  });

  test.each([
    [{ 'X-Shopify-Topic': undefined }],
    [{ 'X-Shopify-Shop-Domain': undefined }],
    [{ 'X-Shopify-Shop-Domain': 'not a domain' }],
    [{ 'X-Shopify-Webhook-Id': undefined, 'X-Shopify-Event-Id': undefined }],
  ])('%o is refused with 400', (headers) => {
    expect(shopify.read(shopifyRequest(ORDER, headers), trusted)).toMatchObject({ status: 400 });
  });
});

describe('what is genuine', () => {
  test('its own signature, in base64, once', () => {
    const name = 'X-Shopify-Hmac-SHA256';
    expect(shopify.verify(shopifyRequest(ORDER), trusted)).toBeUndefined();
    expect(shopify.verify(shopifyRequest(ORDER, { [name]: undefined }), trusted)).toMatchObject({
      status: 401,
      code: 'signature-missing',
    });
    expect(shopify.verify(shopifyRequest(ORDER, { [name]: 'a'.repeat(64) }), trusted)).toMatchObject({ status: 401 });
    expect(shopify.verify(shopifyRequest(ORDER, { 'x-shopify-hmac-sha256': 'again' }), trusted)).toMatchObject({
      status: 401,
      message: expect.stringContaining('more than once'),
    });
  });
});
