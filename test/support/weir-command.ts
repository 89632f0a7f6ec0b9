import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const WEIR = fileURLToPath(new URL('../../bin/weir.js', import.meta.url));

/** What a command came to. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Where and with what a command runs. */
export interface CommandOptions {
  readonly cwd: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `weir` to its end. */
export async function weir(words: readonly string[], options: CommandOptions): Promise<Ended> {
  const child = start(words, options);
  child.stdin.end(options.stdin ?? '');
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, err };
}

/** A command that runs until it is told to stop. */
export interface Serving {
  readonly listen: string;
  readonly admin: string;
  readonly pid: number;
  /** Sends a signal and resolves with the exit code once it ended. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** What it wrote to stderr so far. */
  err(): string;
}

/** Runs `weir serve` or `weir display --json` on free ports and resolves when it is ready; killed with the test. */
export async function weirServing(words: readonly string[], options: CommandOptions): Promise<Serving> {
  const child = start(words, options);
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  for await (const line of createInterface({ input: words[0] === 'display' ? child.stderr : child.stdout })) {
    if (!line.includes('"msg":"ready"')) continue;
    const { listen, admin } = JSON.parse(line);
    return {
      listen,
      admin,
      pid: child.pid ?? 0,
      err: () => err,
      async stop(signal = 'SIGTERM') {
        child.kill(signal);
        const [code] = await closed;
        return code;
      },
    };
  }
  throw new Error(`weir ended before it was ready: ${err}`);
}

function start(words: readonly string[], options: CommandOptions) {
  return spawn(process.execPath, [WEIR, ...words], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: 'pipe',
  });
}
