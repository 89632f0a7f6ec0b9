import { readFileSync, writeSync } from 'node:fs';
import { filePositions } from '../../broker/positions.ts';
import { pause, systemClock } from '../../events/clock.ts';
import { attribute } from '../../events/event.ts';
import type { Log, LogFields } from '../../events/log.ts';
import { callApi } from '../../sources/api-call.ts';
import type { SourceInstance, SourceKind } from '../../sources/kind.ts';
import { openSource } from '../../sources/open.ts';

/** How long an event takes to be accepted: a stream is long enough to be killed in the middle. */
const ACCEPT_MS = 5;

/**
 * One source in a process of its own. Its only argument is a file: the instance, the module with its kind, the folder for its positions. Writes a line of JSON for each accepted event and for each line of the log;
 * stops when its standard input ends, and then must end by itself. A test kills it.
 */
interface Given {
  readonly instance: Omit<SourceInstance, 'secrets'> & { readonly secrets: readonly (readonly [string, string])[] };
  readonly kinds: string;
  readonly positions: string;
}

function say(line: unknown): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

const line =
  (level: string) =>
  (name: string, fields: LogFields = {}): void =>
    say({ level, name, ...fields });
const log: Log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };

const given: Given = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
const { SOURCE_KINDS: kinds }: { readonly SOURCE_KINDS: readonly SourceKind[] } = await import(given.kinds);
const never = new AbortController().signal;
const source = openSource(
  { ...given.instance, secrets: new Map(given.instance.secrets) },
  {
    clock: systemClock,
    random: () => 0,
    log,
    metrics: {
      counter: () => ({ add: () => undefined }),
      histogram: () => ({ observe: () => undefined }),
      gauge: () => undefined,
    },
    positions: await filePositions(given.positions),
    emit: async (events) => {
      for (const event of events) {
        await pause(systemClock, ACCEPT_MS, never);
        say({ accepted: attribute(event, 'id') });
      }
    },
    call: callApi,
    publicUrl: undefined,
    bodyBytesMax: 1024 * 1024,
    changed: () => undefined,
  },
  kinds,
);
process.stdin.on('end', () => {
  void source[Symbol.asyncDispose]().then(() => say({ status: source.status() }));
});
process.stdin.resume();
