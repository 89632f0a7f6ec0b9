import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('load', import.meta.url));

const latency = z.object({ p50: z.number(), p99: z.number() });
const result = z.object({
  accepted: z.number(),
  delivered: z.number(),
  lost: z.number(),
  duplicates: z.number(),
  end_to_end_per_s: z.number(),
  ingress_per_s: z.number(),
  end_to_end_ms: latency.nullable(),
  processes: z.record(z.string(), z.object({ cpu_s: z.number(), cpu_s_per_100k: z.number(), rss_mib: z.number() })),
});

/** What one run of the load generator counted; see bench/load/README.md for the fields. */
export type LoadResult = z.infer<typeof result>;

export interface LoadOptions {
  readonly url: string;
  readonly pid: number;
  readonly events: number;
  /** Events a second; as fast as 64 connections allow if absent. */
  readonly rate?: number;
  /** Notifications of a MinIO instead of events, for the address of an ObjectStorageSource whose token is `bench`. */
  readonly minio?: boolean;
  /** False when nothing will be delivered: it does not wait for that. */
  readonly delivered?: boolean;
}

/** Runs the load generator, whose sink listens at `sink`. */
export type Load = (options: LoadOptions) => Promise<LoadResult>;

/** What is built of it. */
export interface BuiltLoad {
  readonly load: Load;
  /** Its sink alone, answering 202 at the same address until it is disposed. */
  readonly sinkOnly: () => Promise<AsyncDisposable>;
}

/** Builds the load generator into `into`. Needs Go. */
export async function buildLoad(into: string, sinkPort: number): Promise<BuiltLoad> {
  const program = `${into}/load`;
  await run('go', ['build', '-o', program, '.'], { cwd: folder });
  return { load: loadOf(program, sinkPort), sinkOnly: () => sinkOf(program, sinkPort) };
}

async function sinkOf(program: string, port: number): Promise<AsyncDisposable> {
  const child = spawn(program, ['-sink-only', '-sink', `127.0.0.1:${port}`], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (tries === 200) throw new Error(`bench: the sink does not listen on port ${port}`);
    await pause(25);
  }
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function loadOf(program: string, sinkPort: number): Load {
  return async ({ url, pid, events, rate, minio = false, delivered = true }) => {
    const args = [
      '-url',
      url,
      '-sink',
      `127.0.0.1:${sinkPort}`,
      '-n',
      String(events),
      '-c',
      '64',
      '-pid',
      `subject=${pid}`,
    ];
    if (rate !== undefined) args.push('-rate', String(rate));
    if (minio) args.push('-minio');
    if (!delivered) args.push('-idle', '1ms');
    const { stdout } = await run(program, args);
    const counted = result.parse(JSON.parse(stdout));
    if (delivered && counted.lost > 0)
      throw new Error(`bench: ${counted.lost} of ${counted.accepted} accepted events were not delivered at ${url}`);
    if (counted.accepted < events)
      throw new Error(`bench: ${events - counted.accepted} of ${events} events were not accepted at ${url}`);
    return counted;
  };
}

/** The CPU of the process measured, seconds per 100,000 events. */
export function cpuOf(counted: LoadResult): number {
  return counted.processes['subject']?.cpu_s_per_100k ?? Number.NaN;
}
