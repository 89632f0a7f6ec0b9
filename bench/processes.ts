import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const READY_WITHIN_MS = 60_000;
const TICKS_PER_S = 100;
const PAGE_BYTES = 4096;
const launcher = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const proxy = fileURLToPath(new URL('proxy.ts', import.meta.url));

const readyLine = z.object({ msg: z.literal('ready'), listen: z.string(), admin: z.string() });

/** A process under measurement. Disposing kills it and waits until it is gone. */
export interface Subject extends AsyncDisposable {
  readonly pid: number;
  /** Where events go. */
  readonly url: string;
  /** From the start of the process to its ready line. */
  readonly readyMs: number;
  /** `kill -9`, and resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and resolves when it has ended by itself. */
  stop(): Promise<void>;
}

/** Starts the bare proxy in front of `sink`. */
export async function startProxy(sink: string, port: number): Promise<Subject> {
  return started([proxy, sink, String(port)], (line) => (line === 'ready' ? `http://127.0.0.1:${port}/` : undefined));
}

/** Starts Weir as it is published (from dist/) with the resources in `yaml` and its events in `data`. Ports are free ones. `flags` are those of Node.js. */
export async function startWeir(yaml: string, data: string, flags: readonly string[] = []): Promise<Subject> {
  const args = [
    ...flags,
    launcher,
    'serve',
    yaml,
    '--listen',
    '127.0.0.1:0',
    '--admin',
    '127.0.0.1:0',
    '--data',
    data,
    '--log',
    'json',
  ];
  return started(args, (line) => {
    const ready = readyLine.safeParse(parsed(line));
    return ready.success ? `${ready.data.listen}/default/default` : undefined;
  });
}

/** CPU seconds used so far (user and system, all threads) and resident MiB, from the kernel's accounting. */
export async function usage(pid: number): Promise<{ readonly cpuS: number; readonly rssMib: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0] = fields.slice(11, 13);
  return { cpuS: (user + system) / TICKS_PER_S, rssMib: ((fields[21] ?? 0) * PAGE_BYTES) / 2 ** 20 };
}

async function started(args: readonly string[], urlIn: (line: string) => string | undefined): Promise<Subject> {
  const at = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const gone = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await gone;
  };
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await gone;
  };
  try {
    const url = await ready(child, urlIn);
    return { pid: child.pid ?? 0, url, readyMs: performance.now() - at, kill, stop, [Symbol.asyncDispose]: kill };
  } catch (error) {
    await kill();
    throw error;
  }
}

/** Reads both streams until a line holds the address; what was said is in the error if none does. Later lines are read and dropped. */
function ready(child: ChildProcess, urlIn: (line: string) => string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const said: string[] = [];
    const fail = (why: string): void =>
      reject(new Error(`bench: ${child.spawnargs.join(' ')}: ${why}\n${said.slice(-10).join('\n')}`));
    const timer = setTimeout(() => fail(`not ready within ${READY_WITHIN_MS / 1000} s`), READY_WITHIN_MS);
    child.once('exit', (code) => fail(`ended with ${code}`));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        if (said.length < 100) said.push(line);
        const url = urlIn(line);
        if (url === undefined) return;
        clearTimeout(timer);
        resolve(url);
      });
    }
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
