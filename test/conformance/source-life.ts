import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import type { SourceInstance } from '../../sources/kind.ts';
import { parsedJson } from '../../sources/member.ts';

const SCRIPT = join(import.meta.dirname, 'source-process.ts');
const PRODUCT = pathToFileURL(join(import.meta.dirname, '../../sources/kinds.ts'));
/** How long a process may take to end by itself once its source is stopped. */
const END_MS = 10_000;

/** What a process is begun with; `folder` keeps its positions over several lives. */
interface Begin {
  readonly instance: SourceInstance;
  readonly kinds: URL | undefined;
  readonly folder: string;
  readonly waitMs: number;
}

/** A source that runs in a process of its own, until it is killed or stopped. */
export class SourceLife {
  /** Each event that was accepted, by its id. */
  readonly accepted: string[] = [];
  /** Everything it wrote, by line. */
  readonly printed: string[] = [];
  /** What somebody else wrote: a client library, a warning of Node. */
  readonly strange: string[] = [];
  readonly #child: ChildProcess;
  readonly #waitMs: number;
  readonly #watchers: (() => void)[] = [];
  readonly #ended: Promise<unknown>;

  /** Begins it; resolves at once. */
  static async begin({ instance, kinds = PRODUCT, folder, waitMs }: Begin): Promise<SourceLife> {
    const given = join(await mkdtemp(join(folder, 'life-')), 'given.json');
    const secrets = [...instance.secrets];

    await writeFile(
      given,
      JSON.stringify({ instance: { ...instance, secrets }, kinds: kinds.href, positions: folder }),
    );
    return new SourceLife(spawn(process.execPath, [SCRIPT, given], { stdio: ['pipe', 'pipe', 'pipe'] }), waitMs);
  }

  constructor(child: ChildProcess, waitMs: number) {
    this.#waitMs = waitMs;
    this.#child = child;
    this.#ended = once(child, 'close');
    child.stdin?.on('error', () => undefined);
    assert(child.stdout && child.stderr);
    createInterface(child.stdout).on('line', (line) => this.#line(line));
    createInterface(child.stderr).on('line', (line) => this.#strange(line));
    child.on('close', () => this.#moved());
  }

  /** Waits until `met`. */
  async until(what: string, met: () => boolean): Promise<void> {
    const late = AbortSignal.timeout(this.#waitMs);
    while (!met() && !late.aborted && this.#child.exitCode === null) {
      await new Promise<void>((resolve) => {
        this.#watchers.push(resolve);
        late.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    if (!met()) assert.fail(`${what}: never came. ${this.printed.slice(-10).join('\n')}`);
  }

  /** SIGKILL; resolves when all it had written is read. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Stops its source. Resolves with its exit code, or `still running` if something it left open keeps it alive. */
  async stop(): Promise<number | null | 'still running'> {
    this.#child.stdin?.end();
    const late = AbortSignal.timeout(END_MS);
    const tooLate = once(late, 'abort').then(() => 'late' as const);
    if ((await Promise.race([this.#ended, tooLate])) === 'late') return 'still running';
    return this.#child.exitCode;
  }

  #line(line: string): void {
    const value = parsedJson(line);
    this.printed.push(line);
    if (typeof value === 'object' && value !== null && 'accepted' in value) this.accepted.push(String(value.accepted));
    else if (typeof value !== 'object' || value === null) this.strange.push(line);
    this.#moved();
  }

  #strange(line: string): void {
    this.printed.push(line);
    this.strange.push(line);
  }

  #moved(): void {
    for (const watcher of this.#watchers.splice(0)) watcher();
  }
}
