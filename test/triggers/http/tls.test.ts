import { createServer } from 'node:https';
import { expect, onTestFinished, test } from 'vitest';
import type { Answer } from '../../../triggers/http.ts';
import { openHttp } from '../../../triggers/http/client.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { selfSigned } from './certificate.ts';
import { listening, receiving, serveRaw, until, type Listening } from './server.ts';

const certificate = selfSigned();

function secured(): Promise<Listening> {
  return listening(
    createServer(
      certificate,
      receiving((request, answer) => void answer.writeHead(200, { 'ce-id': '1' }).end(request.body)),
    ),
    'https',
  );
}

function post(address: { readonly url: string; readonly caCerts?: string }, times = 1): Promise<Answer[]> {
  const http = openHttp(new FakeClock());
  onTestFinished(() => http[Symbol.asyncDispose]());
  const sender = http.open(address, times);
  return Promise.all(
    Array.from({ length: times }, () => sender.post({ headers: [], body: Buffer.from('secret'), timeoutMs: 30_000 })),
  );
}

test('a certificate named in CACerts is trusted [Knative Addressable CACerts]', async () => {
  const { url } = await secured();
  const answers = await post({ url, caCerts: certificate.cert }, 3);
  expect(answers.map((answer) => answer.kind === 'response' && Buffer.from(answer.body).toString())).toEqual([
    'secret',
    'secret',
    'secret',
  ]);
});

test('a certificate nobody vouches for is an error', async () => {
  const { url } = await secured();
  expect(await post({ url })).toMatchObject([{ kind: 'error', error: 'DEPTH_ZERO_SELF_SIGNED_CERT' }]);
});

test('CACerts of another do not help, and are kept apart', async () => {
  const { url } = await secured();
  expect(await post({ url, caCerts: selfSigned().cert })).toMatchObject([{ kind: 'error' }]);
});

test('CACerts that are no certificate are refused', () => {
  const http = openHttp(new FakeClock());
  const broken = '-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n';
  expect(() => http.open({ url: 'https://example.com/', caCerts: broken }, 1)).toThrow(
    expect.objectContaining({ name: 'RefusedError', code: 'resource-invalid' }),
  );
});

test('a handshake that never comes ends with the timeout, and its socket with it', async () => {
  const clock = new FakeClock();
  const http = openHttp(clock);
  onTestFinished(() => http[Symbol.asyncDispose]());
  const silent = await serveRaw(() => {});
  const answer = http.open({ url: silent.url.replace('http:', 'https:') }, 1).post({ headers: [], timeoutMs: 2000 });
  await until(() => silent.open() === 1);
  await clock.advance(2000);
  expect(await answer).toEqual({ kind: 'error', error: 'timeout', tookMs: 2000 });
  await until(() => silent.open() === 0 && http.sockets === 0);
});
