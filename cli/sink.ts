import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { refusalOf, refuse } from '../broker/answer.ts';
import { DEFAULT_LIMITS } from '../broker/limits.ts';
import { httpServer } from '../broker/listener.ts';
import { pathIn } from '../broker/routes.ts';
import { RefusedError, quoted } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';
import { attribute } from '../events/event.ts';
import { decodeHttp } from '../events/http/decode.ts';

/** A request with an event that a sink got, and what it answers. */
export interface Received {
  readonly event: CloudEvent;
  readonly path: string;
  /** 1 = the first time this event came to this path, as far as it is remembered. */
  readonly attempt: number;
  readonly status: number;
}

/** Path -> how often each event is refused there with 503 before it is accepted. */
export type Failing = ReadonlyMap<string, number>;

const REMEMBERED = 10_000;
const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** A server that accepts events on any path and shows each to `received`. Those on a failing path are refused as often as it says. */
export function eventSink(failing: Failing, received: (what: Received) => void): Server {
  const attempts = new Map<string, number>();
  const seen = (event: CloudEvent, path: string): number => {
    const key = [path, attribute(event, 'source'), attribute(event, 'id')].join('\u0000');
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.delete(key);
    attempts.set(key, attempt);
    for (const oldest of attempts.keys()) {
      if (attempts.size <= REMEMBERED) break;
      attempts.delete(oldest);
    }
    return attempt;
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = pathIn(request.url ?? '/');
    let status = 202;
    for (const event of await eventsIn(request)) {
      const attempt = seen(event, path);
      if (attempt <= (failing.get(path) ?? 0)) status = 503;
      received({ event, path, attempt, status });
    }
    response.writeHead(status, { 'content-length': 0 });
    response.end();
  };
  return httpServer(
    (request, response, expecting) => {
      if (expecting === true) response.writeContinue();
      handle(request, response).catch((error: unknown) =>
        refuse(
          response,
          refusalOf(error) ?? { status: 400, code: 'http-invalid', message: 'the request broke off' },
          [],
        ),
      );
    },
    { headerBytes: DEFAULT_LIMITS.headerBytes, headers: [] },
  );
}

async function eventsIn(request: IncomingMessage): Promise<readonly CloudEvent[]> {
  if (request.method !== 'POST')
    throw new RefusedError(
      'method-not-allowed',
      `${request.method ?? ''}: is not possible here; events are sent with POST`,
    );
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX)
    throw new RefusedError('event-too-large', 'the body is larger than 16 MiB');
  const decoded = decodeHttp({ rawHeaders: request.rawHeaders, body: await buffer(request) });
  switch (decoded.kind) {
    case 'event':
      return [decoded.event];
    case 'batch':
      return decoded.events;
    case 'not-an-event':
      throw new RefusedError('not-an-event', 'the request holds no event');
    default:
      return decoded satisfies never;
  }
}

/** `--fail /path` = always, `--fail /path=2` = twice for each event. Throws `usage`. */
export function failingOf(flags: readonly string[]): Failing {
  return new Map(
    flags.map((flag) => {
      const [, path, times] = /^(\/[^=]*)(?:=(\d{1,6}))?$/.exec(flag) ?? [];
      if (path === undefined) throw new RefusedError('usage', `--fail: ${quoted(flag)} is not /PATH or /PATH=N`);
      return [path, times === undefined ? Infinity : Number(times)] as const;
    }),
  );
}
