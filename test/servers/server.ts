import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The servers that a script of this folder can install and run; the scripts say what each of them prints. */
export const SERVERS = [
  'kafka',
  'rabbitmq',
  'redis',
  'mosquitto',
  'nats',
  'postgres',
  'minio',
  'moto',
  'kubernetes',
] as const;

/** One of them. */
export type ServerName = (typeof SERVERS)[number];

/** A real server of this machine, on loopback, for one test file. Disposal kills it and deletes all it wrote. */
export interface Server extends AsyncDisposable {
  /** What its script printed: where it is reached, by name (`REDIS`, `KAFKA`, `AMQP`, `MQTT`, `NATS`, `POSTGRES`, `S3`, `KUBECONFIG`...). Restarts change nothing of it. */
  readonly env: Readonly<Record<string, string>>;
  /** Where it keeps everything: its log and, for some, a configuration that may be edited between `stop` and `start`. */
  readonly folder: string;
  /** SIGKILL; resolves when its processes are gone. */
  kill(): Promise<void>;
  /** As an administrator would stop it; resolves when its processes are gone. */
  stop(): Promise<void>;
  /** Starts what is down, on the same ports with the same data; resolves when it answers. */
  start(): Promise<void>;
}

interface StartOptions {
  /** More arguments of its script's `start`, such as `--brokers 3`. */
  readonly args?: readonly string[];
  /** Variables that its script reads, such as `REDIS_ARGS`. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Longer than any of them takes to start on a busy machine. */
const START_MS = 240_000;
const run = promisify(execFile);

/** Starts a server in a folder of its own. Rejects with what it said, and with the command that installs it. */
export async function startServer(name: ServerName, { args = [], env = {} }: StartOptions = {}): Promise<Server> {
  const parent = await mkdtemp(join(tmpdir(), `weir-${name}-`));
  // The server may run as another user, who must be able to pass through.
  await chmod(parent, 0o711);
  const folder = join(parent, 'server');
  const call = (verb: string, ...more: readonly string[]): Promise<string> =>
    callScript(name, [verb, folder, ...more], env);
  try {
    const printed = await call('start', ...args);
    return {
      env: variables(printed),
      folder,
      kill: async () => void (await call('kill')),
      stop: async () => void (await call('stop')),
      start: async () => void (await call('start')),
      async [Symbol.asyncDispose]() {
        await call('kill');
        await rm(parent, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  } catch (error) {
    await call('kill').catch(() => undefined);
    await rm(parent, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
}

/** The script of a server. */
export function serverScript(name: ServerName): string {
  return join(import.meta.dirname, name);
}

async function callScript(
  name: ServerName,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  try {
    const { stdout } = await run(serverScript(name), args, { env: { ...process.env, ...env }, timeout: START_MS });
    return stdout;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Error(
      `${name} ${args.join(' ')} failed; if it is not installed, run: npm run servers -- install ${name}\n${said}`,
      { cause: error },
    );
  }
}

// NAME=VALUE by line; `$PATH` in a value is the caller's.
function variables(printed: string): Record<string, string> {
  const lines = printed.split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1).replace('$PATH', process.env['PATH'] ?? '')];
    }),
  );
}
