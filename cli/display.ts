import { once } from 'node:events';
import { listen, parseAddress } from '../broker/listener.ts';
import { systemClock } from '../events/clock.ts';
import { encodeJson } from '../events/json/encode.ts';
import { eventText } from './event-text.ts';
import { DONE } from './failure.ts';
import { painter, type Terminal } from './output.ts';
import { untilInterrupted } from './signals.ts';
import { eventSink, failingOf, type Received } from './sink.ts';

/** The flags of `weir display`. */
export interface DisplayFlags {
  readonly listen: string;
  readonly fail?: readonly string[];
  readonly json?: boolean;
}

/** Prints the events it gets until it is interrupted. */
export async function displayCommand(flags: DisplayFlags, terminal: Terminal): Promise<number> {
  const address = parseAddress(flags.listen, '--listen');
  const server = eventSink(
    failingOf(flags.fail ?? []),
    (what) => void terminal.out.write(receivedText(what, flags.json === true, terminal)),
  );
  const url = await listen(server, address, '--listen');
  terminal.err.write(
    flags.json === true
      ? `${JSON.stringify({ msg: 'ready', listen: url })}\n`
      : `events sent to ${url} are shown here\n`,
  );
  await untilInterrupted();
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  return DONE;
}

/** What is printed for one request: the event, and what was answered unless that is the usual. */
export function receivedText(what: Received, json: boolean, terminal: Pick<Terminal, 'out' | 'env'>): string {
  if (json) return `${new TextDecoder().decode(encodeJson(what.event))}\n`;
  const paint = painter(terminal.out, terminal.env);
  const time = new Date(systemClock.now()).toISOString().slice(11, 23);
  const note =
    what.status === 202
      ? what.attempt > 1
        ? paint('green', ` accepted at attempt ${what.attempt}`)
        : ''
      : paint('red', ` refused with ${what.status}, attempt ${what.attempt}`);
  const [headline = '', ...rest] = eventText(what.event, time, paint).split('\n');
  // What was refused comes again; it is shown whole once it is accepted.
  const more = what.status === 202 ? rest : [''];
  return [`${headline} ${paint('dim', 'at')} ${what.path}${note}`, ...more].join('\n');
}
