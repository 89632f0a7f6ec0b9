import { createServer } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listen } from '../../broker/listener.ts';
import { askConsent, consentOf, type Consent } from '../../triggers/handshake.ts';
import { consentingSubscriber } from '../support/consenting.ts';
import { FakeClock } from '../support/fake-clock.ts';

const ORIGIN = 'weir.example.com';
const GRANTED = { 'WebHook-Allowed-Origin': ORIGIN };

function ask(url: string, clock = new FakeClock(), signal = new AbortController().signal): Promise<Consent> {
  return askConsent({ address: { url }, origin: ORIGIN }, { clock, signal });
}

describe('asking on a real server [CloudEvents HTTP webhook 4]', () => {
  test('the very URL is asked by OPTIONS, with the origin, and no callback', async () => {
    const subscriber = await consentingSubscriber(GRANTED);
    expect(await ask(`${subscriber.url}/hook?x=1`)).toEqual({ granted: true });
    expect(subscriber.asked[0]).toMatchObject({ path: '/hook?x=1', headers: { 'webhook-request-origin': ORIGIN } });
    expect(subscriber.asked[0]?.headers).not.toHaveProperty('webhook-request-callback');
  });

  test('userinfo of the URL becomes Basic authorization', async () => {
    const subscriber = await consentingSubscriber(GRANTED);
    await ask(subscriber.url.replace('http://', 'http://user:pass@'));
    expect(subscriber.asked[0]?.headers.authorization).toBe('Basic dXNlcjpwYXNz');
  });

  test.each([
    [200, {}, false],
    [405, {}, false],
    [200, { 'WebHook-Allowed-Origin': 'other.example' }, false],
    [204, { 'webhook-allowed-origin': 'WEIR.example.com' }, true],
    // The status proves nothing, either way.
    [405, { 'webhook-allowed-origin': '*' }, true],
  ])('status %i and %o: granted is %s', async (status, headers, granted) => {
    const subscriber = await consentingSubscriber({ ...headers });
    subscriber.status = status;
    expect((await ask(subscriber.url)).granted).toBe(granted);
  });

  test('who cannot be reached does not consent, and it is said why', async () => {
    expect(await ask('http://127.0.0.1:1/')).toEqual({
      granted: false,
      message: 'the subscriber could not be asked by OPTIONS: ECONNREFUSED',
    });
    expect(await ask('kafka://topic')).toMatchObject({ granted: false });
  });

  test('who does not answer is waited for 10 s; the answer to an abort is there at once', async () => {
    const silent = createServer(() => undefined);
    const url = await listen(silent, { host: '127.0.0.1', port: 0 }, '--listen');
    onTestFinished(() => {
      silent.close();
      silent.closeAllConnections();
    });
    const clock = new FakeClock();
    const late = ask(url, clock);
    await clock.advance(10_000);
    expect(await late).toMatchObject({ message: expect.stringContaining('within 10 s') });
    const stop = new AbortController();
    const stopped = ask(url, clock, stop.signal);
    stop.abort();
    expect((await stopped).granted).toBe(false);
    expect(clock.pending).toBe(0);
  });
});

test.each([
  ['120', { granted: true, perMinute: 120 }],
  ['*', { granted: true }],
  [undefined, { granted: true }],
  ['0', { granted: false }],
  ['1, 2', { granted: false }],
  ['many', { granted: false }],
])('the rate %s', (rate, consent) => {
  expect(consentOf({ origin: '*', rate }, ORIGIN)).toMatchObject(consent);
});
