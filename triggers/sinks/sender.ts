import type { Clock } from '../../events/clock.ts';
import { RefusedError, UnavailableError } from '../../events/errors.ts';
import { decodeHttp } from '../../events/http/decode.ts';
import type { Answer, Message, Sender } from '../http.ts';
import type { EventSink } from './sink.ts';

const NOTHING = new Uint8Array();

/**
 * Delivers to a sink of this process as to any address: what would be a request becomes a `put`, its outcome the answer a server would give (202; 413 or 400 for what is refused for good) or an error: what the sink
 * says, or `timeout`. `find` is asked for each post, as the sink may be exchanged meanwhile.
 */
export function sinkSender(find: () => EventSink | undefined, clock: Clock): Sender {
  return {
    post: (message) => put(find(), message, clock),
    // It holds no connection of its own.
    [Symbol.dispose]: () => undefined,
  };
}

async function put(sink: EventSink | undefined, message: Message, clock: Clock): Promise<Answer> {
  const beganMs = clock.now();
  const late = new AbortController();
  const cancel = clock.after(message.timeoutMs, () => late.abort());
  try {
    if (!sink) throw new UnavailableError('shutting-down', 'the sink is not open now; the event is delivered later');
    const decoded = decodeHttp({ rawHeaders: message.headers, body: message.body ?? NOTHING });
    if (decoded.kind !== 'event') throw new RefusedError('not-an-event', 'a sink takes one event at a time');
    await sink.put(decoded.event, late.signal);
    return answer(202, NOTHING, clock.now() - beganMs);
  } catch (error) {
    const tookMs = clock.now() - beganMs;
    if (late.signal.aborted) return { kind: 'error', error: 'timeout', tookMs };
    if (error instanceof UnavailableError) return { kind: 'error', error: error.message, tookMs };
    if (!(error instanceof RefusedError)) throw error;
    return answer(error.code === 'event-too-large' ? 413 : 400, Buffer.from(error.message), tookMs);
  } finally {
    cancel();
  }
}

function answer(status: number, body: Uint8Array, tookMs: number): Answer {
  return { kind: 'response', status, headers: [], body, bodyBytes: body.byteLength, tooLarge: false, tookMs };
}
