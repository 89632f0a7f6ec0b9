import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../../..', import.meta.url));
/** npm and the command's shebang take the first `node` they find: the one that runs this test. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };

const packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })]);
const manifest = z.object({ name: z.string() });

/** The package as npm publishes it, installed in an empty folder. */
export interface Installed {
  readonly files: readonly string[];
  /** The package's own folder under node_modules. */
  readonly home: string;
  /** The command as npm links it. */
  readonly weir: string;
}

/** Packs this repository (which builds it) and installs the tarball into `folder`, which is empty. */
export async function install(folder: string): Promise<Installed> {
  const { stdout } = await run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], {
    cwd: repository,
    env,
    maxBuffer: 2 ** 24,
  });
  const [{ filename, files }] = packed.parse(JSON.parse(stdout.slice(stdout.indexOf('[\n'))));
  // Its own, lest npm finds one further up and installs there.
  await writeFile(join(folder, 'package.json'), '{}');
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, filename)], {
    cwd: folder,
    env,
  });
  const { name } = manifest.parse(JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')));
  return {
    files: files.map(({ path }) => path),
    home: join(folder, 'node_modules', name),
    weir: join(folder, 'node_modules', '.bin', 'weir'),
  };
}

/** A running `weir serve`. Disposing kills it, and so does the end of the test, however it ends. */
export interface Serving extends AsyncDisposable {
  readonly listen: string;
  readonly admin: string;
  /** `kill -9`, and resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

const ready = z.object({ msg: z.literal('ready'), listen: z.string(), admin: z.string() });

/** Runs `weir serve` with the words and free ports, and resolves when it is ready. Rejects with what it said if it ends before. */
export async function serve(weir: string, words: readonly string[], cwd: string): Promise<Serving> {
  const child = spawn(weir, ['serve', ...words, '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--log', 'json'], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited.catch(() => undefined);
  };
  const stop = async (): Promise<number | null> => {
    child.kill('SIGTERM');
    await exited;
    return child.exitCode;
  };
  onTestFinished(kill);
  const said: string[] = [];
  const at = await new Promise<{ readonly listen: string; readonly admin: string }>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`weir serve ended with ${code}: ${said.join('\n')}`)));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        const found = line.startsWith('{') ? ready.safeParse(JSON.parse(line)) : undefined;
        if (found?.success === true) resolve(found.data);
      });
    }
  });
  return { listen: at.listen, admin: at.admin, kill, stop, [Symbol.asyncDispose]: kill };
}

/** How a command ended and what it said. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const COMMAND_MS_MAX = 50_000;

/** Runs a command to its end (it is killed when it hangs, which is an error); an exit code other than 0 is an answer. */
export async function command(file: string, words: readonly string[], cwd: string): Promise<Ended> {
  const child = spawn(file, words, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: COMMAND_MS_MAX,
    killSignal: 'SIGKILL',
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [exitCode] = z
    .tuple([z.number()])
    .rest(z.unknown())
    .parse(await once(child, 'close'));
  return { exitCode, stdout, stderr };
}

/** A `node` on this machine's PATH that is too old for Weir, or undefined. */
export async function oldNode(): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    if (folder.includes('node_modules')) continue;
    const node = join(folder, 'node');
    const version = await command(node, ['--version'], '/').catch(() => undefined);
    if (version !== undefined && Number(/^v(\d+)\./.exec(version.stdout)?.[1]) < 24) return node;
  }
  return undefined;
}
