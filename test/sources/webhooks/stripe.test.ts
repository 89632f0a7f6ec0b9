import { describe, expect, test } from 'vitest';
import { stripe } from '../../../sources/webhooks/stripe.ts';
import { attributes, config, dataText, eventsOf, posted } from './posted.ts';
import { hmac } from './open-webhook.ts';
import { SECONDS, STRIPE_SECRET, stripeRequest } from './signed.ts';

const PAID = {
  id: 'evt_1NG8Du2eZvKYlo2CUI79vXWy',
  object: 'event',
  api_version: '2024-06-20',
  created: 1686089970,
  data: { object: { id: 'in_1MtHbELkdIwHu7ixl4OzzPMv', object: 'invoice' } },
  livemode: false,
  type: 'invoice.paid',
};
const trusted = config(stripe, ['whsec_old', STRIPE_SECRET]);

describe('what it tells', () => {
  test('an event of the account', () => {
    const [event] = eventsOf(stripe, stripeRequest(PAID));
    expect(attributes(event)).toEqual({
      id: 'evt_1NG8Du2eZvKYlo2CUI79vXWy',
      source: 'https://api.stripe.com',
      type: 'com.stripe.invoice.paid',
      subject: 'in_1MtHbELkdIwHu7ixl4OzzPMv',
      time: '2023-06-06T22:19:30.000Z',
      datacontenttype: 'application/json',
    });
    expect(dataText(event)).toBe(JSON.stringify(PAID));
  });

  test('an event of a connected account names it in the source', () => {
    const [event] = eventsOf(stripe, stripeRequest({ ...PAID, account: 'acct_123' }));
    expect(attributes(event)).toMatchObject({ source: 'https://api.stripe.com/v1/accounts/acct_123' });
  });

  test('a thin event: its related object, its own way to write the time', () => {
    const thin = {
      id: 'evt_test_65R9Ijk8dKEYZcXeRWn16R9A7j1FSQ3w3TGDPLLGSM4CW0',
      object: 'v2.core.event',
      type: 'v1.billing.meter.error_report_triggered',
      created: '2024-09-17T06:20:52.246Z',
      related_object: { id: 'mtr_test_61R9IeP0SgKbYROOx41PEAQhH0qO23oW', type: 'billing.meter' },
    };
    expect(attributes(eventsOf(stripe, stripeRequest(thin))[0])).toMatchObject({
      type: 'com.stripe.v1.billing.meter.error_report_triggered',
      subject: 'mtr_test_61R9IeP0SgKbYROOx41PEAQhH0qO23oW',
      time: '2024-09-17T06:20:52.246Z',
    });
  });

  test.each([['[]'], ['{}'], ['{"id":"evt_1"}'], ['no'], ['\uFEFF{}']])('%s is refused with 400', (body) => {
    expect(stripe.read(stripeRequest(body), trusted)).toMatchObject({ status: 400, code: 'webhook-invalid' });
  });
});

describe('what is genuine', () => {
  const body = JSON.stringify(PAID);
  const signature = hmac(STRIPE_SECRET, [`${SECONDS}.${body}`]);
  const verified = (header: string) => stripe.verify(posted(body, { 'Stripe-Signature': header }), trusted);

  test('one of several v1, under one of several secrets; v0 and what is unknown do not matter', () => {
    expect(verified(`t=${SECONDS},v1=${'0'.repeat(64)},v1=${signature},v0=${'1'.repeat(64)},v2=x`)).toBeUndefined();
  });

  test.each([
    ['v0 alone', `t=${SECONDS},v0=${signature}`],
    ['no time', `v1=${signature}`],
    ['two times', `t=${SECONDS},t=${SECONDS},v1=${signature}`],
    ['another time than was signed', `t=${Number(SECONDS) - 1},v1=${signature}`],
    ['a signature that is cut', `t=${SECONDS},v1=${signature.slice(0, 62)}`],
    ['more signatures than anybody needs', `t=${SECONDS}${`,v1=${signature}`.repeat(17)}`],
  ])('%s is refused with 401', (_what, header) => {
    expect(verified(header)).toMatchObject({ status: 401, code: 'signature-invalid' });
  });

  test('a header that is missing, or comes twice, is refused with 401', () => {
    expect(stripe.verify(posted(body), trusted)).toMatchObject({ status: 401, code: 'signature-missing' });
    const twice = posted(body, { 'Stripe-Signature': `t=${SECONDS},v1=${signature}`, 'stripe-signature': 'x' });
    expect(stripe.verify(twice, trusted)).toMatchObject({ status: 401 });
  });

  test.each([
    [-300, true],
    [-301, false],
    [300, true],
    [301, false],
  ])('signed %i s from the time of arrival: genuine is %s', (off, genuine) => {
    const refusal = stripe.verify(stripeRequest(body, {}, String(Number(SECONDS) + off)), trusted);
    expect(refusal === undefined).toBe(genuine);
    if (refusal) expect(refusal.message).toContain('toleranceSeconds');
  });
});
