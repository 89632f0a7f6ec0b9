import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeHttp } from '../../../events/http/decode.ts';
import { encodeBinary, encodeStructured, type EncodedHttp } from '../../../events/http/encode.ts';
import { anyEvent } from '../arbitrary.ts';
import { refusal } from '../refusal.ts';
import { plain, REQUIRED, REQUIRED_HEADERS } from '../samples.ts';

/** What was said with the last request: node:http as it is, since what it does to headers is what the codec is written for. */
let server: Server;
let port = 0;

beforeAll(async () => {
  server = createServer((incoming: IncomingMessage, answer) => {
    void buffer(incoming).then((body) => {
      const refused = refusal(() => {
        const decoded = decodeHttp({ rawHeaders: incoming.rawHeaders, body });
        answer.end(JSON.stringify(decoded.kind === 'event' ? plain(decoded.event) : decoded));
      });
      if (refused) answer.end(JSON.stringify(refused));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address === 'object' && address) port = address.port;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** What the server makes of a message that a client of node:http sends. */
async function sent(message: EncodedHttp): Promise<unknown> {
  const outgoing = request({ port, host: '127.0.0.1', method: 'POST', headers: ['host', 'x', ...message.headers] });
  outgoing.end(message.body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return JSON.parse((await buffer(answer)).toString());
}

/** What the server makes of headers written as bytes. */
async function written(headers: readonly string[], encoding: BufferEncoding): Promise<unknown> {
  const socket = connect(port, '127.0.0.1');
  const required = REQUIRED_HEADERS.flatMap((name, i) =>
    i % 2 === 0 ? [`${name}: ${REQUIRED_HEADERS[i + 1] ?? ''}`] : [],
  );
  const lines = ['POST / HTTP/1.1', 'host: x', 'connection: close', ...required, ...headers, '', ''];
  socket.end(Buffer.from(lines.join('\r\n'), encoding));
  const answer = (await buffer(socket)).toString();
  return JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1));
}

test('any event that we send over a socket arrives as it was', async () => {
  await fc.assert(
    fc.asyncProperty(anyEvent, async (event) => {
      const strings = [...event.attributes].map(([name, value]) => [name, String(value)] as const);
      const { data } = event;
      const asText = plain({ attributes: new Map(strings), ...(data && { data }) });
      expect(await sent(encodeBinary(event))).toEqual(asText);
      expect(await sent(encodeStructured(event))).toEqual(plain(event));
    }),
    { numRuns: 30 },
  );
});

test('headers of UTF-8 bytes are text, of other bytes refused', async () => {
  expect(await written(['ce-subject: Grüße €'], 'utf8')).toEqual({ attributes: { ...REQUIRED, subject: 'Grüße €' } });
  expect(await written(['ce-subject: Grüße'], 'latin1')).toMatchObject({ code: 'attribute-invalid', path: 'subject' });
});

test('a header that comes twice, which node:http would join or drop, is seen', async () => {
  expect(await written(['ce-x: 1', 'CE-X: 2'], 'latin1')).toMatchObject({ code: 'attribute-duplicate', path: 'x' });
  expect(await written(['Content-Type: text/plain', 'content-type: text/html'], 'latin1')).toMatchObject({
    code: 'attribute-duplicate',
    path: 'datacontenttype',
  });
});

test('white space around a value is not part of it, inside it is [RFC 9110 5.5]', async () => {
  expect(await written(['ce-x: \t a  b \t ', 'ce-y:'], 'latin1')).toEqual({
    attributes: { ...REQUIRED, x: 'a  b', y: '' },
  });
});
