import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { readToken } from '../broker/admin-guard.ts';
import type { Running } from '../broker/serve-options.ts';
import { serve } from '../broker/serve.ts';
import { pause, systemClock } from '../events/clock.ts';
import { RefusedError, quoted } from '../events/errors.ts';
import type { Log } from '../events/log.ts';
import { systemRandom } from '../events/random.ts';
import { DONE, FAILED, INTERRUPTED, failure } from './failure.ts';
import { limitsOf } from './limit-flags.ts';
import { logger, type LogLevel, type LogStyle } from './logger.ts';
import { painter, type Terminal } from './output.ts';
import { removeRunning, writeRunning } from './running.ts';
import { untilInterrupted } from './signals.ts';

/** The flags of `weir serve`. */
export interface ServeFlags {
  readonly listen: string;
  readonly admin: string;
  readonly data: string;
  readonly log?: LogStyle;
  readonly logLevel: LogLevel;
  readonly map?: readonly string[];
  readonly publicUrl?: string;
  readonly adminTokenFile?: string;
  readonly channel: string;
  /** `NAME=VALUE`, as `limitsOf` reads them. */
  readonly limit?: readonly string[];
}

const IMPLICIT_FILE = './weir.yaml';
/** A stop that takes longer is explained. */
const PATIENCE_MS = 500;

/** Serves until it is interrupted; then exit code 0 once all is settled or released. */
export function serveCommand(paths: readonly string[], flags: ServeFlags, terminal: Terminal): Promise<number> {
  return serveUntilInterrupted(paths, flags, { terminal, ready: () => undefined });
}

/** As `serveCommand`; `ready` is called after the ready line. */
export async function serveUntilInterrupted(
  paths: readonly string[],
  flags: ServeFlags,
  { terminal, ready }: { readonly terminal: Terminal; readonly ready: (running: Running) => void },
): Promise<number> {
  const limits = limitsOf(flags.limit ?? []);
  const style = flags.log ?? (terminal.err.isTTY === true ? 'pretty' : 'json');
  const log = logger(terminal, { style, level: flags.logLevel, clock: systemClock });
  const declared = paths.length > 0 ? paths : existsSync(IMPLICIT_FILE) ? [IMPLICIT_FILE] : [];
  const interrupted = untilInterrupted(() => process.exit(INTERRUPTED));
  await makeDataFolder(flags.data);
  const running = await serve({
    paths: declared,
    listen: flags.listen,
    admin: flags.admin,
    adminToken: flags.adminTokenFile === undefined ? undefined : await readToken(flags.adminTokenFile),
    data: flags.data,
    channel: flags.channel,
    map: flags.map ?? [],
    publicUrl: publicUrl(flags.publicUrl),
    limits,
    clock: systemClock,
    random: systemRandom,
    log,
    env: terminal.env,
    fatal: (error) => {
      terminal?.err.write(failure(error).text);
      process.exit(FAILED);
    },
  });
  await writeRunning(flags.data, { pid: process.pid, listen: running.listen, admin: running.admin });
  terminal.out.write(
    readyText({ style, listen: running.listen, admin: running.admin, implicit: declared.length === 0 }, terminal),
  );
  ready(running);
  await interrupted;
  await stopped(running, log);
  await removeRunning(flags.data);
  return DONE;
}

/** Stops; whoever waits is told why, and how not to. */
async function stopped(running: Running, log: Log): Promise<void> {
  const done = new AbortController();
  const told = pause(systemClock, PATIENCE_MS, done.signal).then(() => {
    if (!done.signal.aborted)
      log.info('shutdown.waiting', {
        for: 'deliveries under way',
        sooner: 'Ctrl-C (or SIGTERM) again ends it at once',
      });
  });
  await running.stop();
  done.abort();
  await told;
}

async function makeDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new RefusedError('usage', `--data: ${quoted(folder)} cannot be made${why}; name a folder to write in`, {
      cause: error,
    });
  }
}

interface Ready {
  readonly style: LogStyle;
  readonly listen: string;
  readonly admin: string;
  /** Nothing was declared, so one broker is there all the same. */
  readonly implicit: boolean;
}

/** The one line that says where it listens. */
function readyText(ready: Ready, terminal: Terminal): string {
  const { listen, admin, implicit } = ready;
  if (ready.style === 'json') {
    const time = new Date(systemClock.now()).toISOString();
    return `${JSON.stringify({ time, level: 'info', msg: 'ready', listen, admin, ...(implicit && { broker: 'default/default' }) })}\n`;
  }
  const paint = painter(terminal.out, terminal.env);
  const broker = implicit
    ? `; nothing is declared, so there is one broker: ${paint('bold', `${listen}/default/default`)}`
    : '';
  return `weir is ready: events at ${paint('bold', listen)}, admin at ${admin}${broker}\n`;
}

function publicUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if ((url?.protocol === 'http:' || url?.protocol === 'https:') && url.search === '' && url.hash === '')
    return text.replace(/\/+$/, '');
  throw new RefusedError('usage', `--public-url: ${quoted(text)} is not a URL; for example https://weir.example.com`);
}
