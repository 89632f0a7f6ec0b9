import { Pool } from 'undici';
import { withAttributes } from '../events/attributes.ts';
import { pause, systemClock, type Clock } from '../events/clock.ts';
import { RefusedError, UnavailableError, quoted } from '../events/errors.ts';
import { attribute, type CloudEvent } from '../events/event.ts';
import { encodeBinary, encodeStructured } from '../events/http/encode.ts';
import { eventsOf, type EventFlags } from './event-flags.ts';
import { DONE, FAILED } from './failure.ts';
import type { Terminal } from './output.ts';
import { ProgressBar } from './progress-bar.ts';
import { readRunning } from './running.ts';

/** The flags of `weir send`. */
export interface SendFlags extends EventFlags {
  readonly to?: string;
  readonly broker: string;
  readonly dataFolder: string;
  readonly structured?: boolean;
  readonly count: number;
  readonly rate?: number;
  readonly json?: boolean;
}

const CONNECTIONS = 32;
const ANSWER_CHARACTERS = 300;

interface Sent {
  readonly id: string;
  readonly source: string;
  readonly to: string;
  readonly status: number;
  readonly answer?: string;
}

/** Sends; exit code 1 if any of it was not accepted. */
export async function sendCommand(flags: SendFlags, terminal: Terminal): Promise<number> {
  const url = await target(flags);
  const clock = systemClock;
  const events = await eventsOf(flags, { stdin: terminal.in, clock });
  const pool = new Pool(url.origin, { connections: CONNECTIONS });
  const post = (event: CloudEvent): Promise<Sent> =>
    sendOne(event, { pool, url, structured: flags.structured === true });
  const total = events.length * flags.count;
  const single = total === 1 ? events[0] : undefined;
  try {
    return single
      ? printOne(await post(single), flags, terminal)
      : await sendMany(events, { post, flags, clock }, terminal);
  } finally {
    await pool.destroy();
  }
}

async function target(flags: SendFlags): Promise<URL> {
  if (flags.to !== undefined) {
    const url = URL.parse(flags.to);
    if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
    throw new RefusedError(
      'usage',
      `--to: ${quoted(flags.to)} is not a URL; for example http://127.0.0.1:8080/default/default`,
    );
  }
  if (!/^[^/\s]+\/[^/\s]+$/.test(flags.broker))
    throw new RefusedError(
      'usage',
      `--broker: ${quoted(flags.broker)} is not NAMESPACE/NAME; for example default/default`,
    );
  const { listen } = await readRunning(flags.dataFolder, '--data-folder');
  return new URL(`${listen}/${flags.broker}`);
}

async function sendOne(
  event: CloudEvent,
  x: { readonly pool: Pool; readonly url: URL; readonly structured: boolean },
): Promise<Sent> {
  const { headers, body } = x.structured ? encodeStructured(event) : encodeBinary(event);
  const about = { id: attribute(event, 'id') ?? '', source: attribute(event, 'source') ?? '', to: x.url.href };
  try {
    const response = await x.pool.request({
      method: 'POST',
      path: x.url.pathname + x.url.search,
      headers: [...headers],
      body: body ?? null,
    });
    const answer = (await response.body.text()).trim().slice(0, ANSWER_CHARACTERS);
    return { ...about, status: response.statusCode, ...(answer === '' ? {} : { answer }) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UnavailableError(
      'not-running',
      `${x.url.origin}: does not answer (${why}); see whether something listens there`,
      { cause: error },
    );
  }
}

function accepted(sent: Sent): boolean {
  return sent.status >= 200 && sent.status < 300;
}

function printOne(sent: Sent, flags: SendFlags, terminal: Terminal): number {
  if (flags.json === true) terminal.out.write(`${JSON.stringify(sent)}\n`);
  else if (accepted(sent)) terminal.out.write(`${sent.id}\n`);
  if (accepted(sent)) return DONE;
  if (flags.json !== true) terminal.err.write(`weir: ${refusal(sent)}\n`);
  return FAILED;
}

function refusal(sent: Sent): string {
  return `${sent.to}: answered ${sent.status}${sent.answer === undefined ? '' : ` ${sent.answer.replaceAll(/\s+/g, ' ')}`}`;
}

interface Many {
  readonly post: (event: CloudEvent) => Promise<Sent>;
  readonly flags: SendFlags;
  readonly clock: Clock;
}

async function sendMany(events: readonly CloudEvent[], x: Many, terminal: Terminal): Promise<number> {
  const { flags, clock } = x;
  const total = events.length * flags.count;
  const bar = new ProgressBar(terminal.err, total);
  const startMs = clock.now();
  let next = 0;
  let done = 0;
  let refused = 0;
  let firstRefusal: string | undefined;
  const worker = async (): Promise<void> => {
    while (next < total) {
      const n = next++;
      if (flags.rate !== undefined)
        await pause(clock, startMs + (n * 1000) / flags.rate - clock.now(), new AbortController().signal);
      const event = events[n % events.length];
      if (!event) return;
      const sent = await x.post(numbered(event, Math.floor(n / events.length), flags.count));
      if (!accepted(sent)) {
        refused++;
        firstRefusal ??= refusal(sent);
      }
      bar.show(++done);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(CONNECTIONS, total) }, worker));
  } finally {
    bar.end();
  }
  const seconds = (clock.now() - startMs) / 1000;
  if (flags.json === true)
    terminal.out.write(`${JSON.stringify({ sent: done, accepted: done - refused, refused, seconds })}\n`);
  else terminal.out.write(`${done - refused} accepted, ${refused} refused in ${seconds.toFixed(1)} s\n`);
  if (firstRefusal !== undefined) terminal.err.write(`weir: ${firstRefusal}\n`);
  return refused === 0 ? DONE : FAILED;
}

/** The same event with an id of its own for each time it is sent. */
function numbered(event: CloudEvent, n: number, count: number): CloudEvent {
  return count === 1 ? event : withAttributes(event, { id: `${attribute(event, 'id') ?? ''}-${n + 1}` });
}
