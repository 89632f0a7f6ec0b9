import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { DEFAULT_LIMITS } from '../../broker/limits.ts';
import type { Running, ServeOptions } from '../../broker/serve-options.ts';
import { serve } from '../../broker/serve.ts';
import { systemClock } from '../../events/clock.ts';
import type { Log, LogFields } from '../../events/log.ts';
import { systemRandom } from '../../events/random.ts';

/** A folder of the test's own, gone when the test is. */
export async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface Line {
  readonly level: string;
  readonly name: string;
  readonly fields: LogFields;
}

/** A log that can be read, and waited for. */
export class Lines implements Log {
  readonly all: Line[] = [];
  #waiting: (() => void)[] = [];

  debug = (name: string, fields: LogFields = {}): void => this.#add('debug', name, fields);
  info = (name: string, fields: LogFields = {}): void => this.#add('info', name, fields);
  warn = (name: string, fields: LogFields = {}): void => this.#add('warn', name, fields);
  error = (name: string, fields: LogFields = {}): void => this.#add('error', name, fields);

  /** Resolves with the first line of that name, written already or not. */
  async first(name: string): Promise<Line> {
    for (;;) {
      const line = this.all.find((one) => one.name === name);
      if (line) return line;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #add(level: string, name: string, fields: LogFields): void {
    this.all.push({ level, name, fields });
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** A process that serves in this one, on free ports and a folder of its own; stopped with the test. */
export async function serving(
  options: Partial<ServeOptions> = {},
): Promise<Running & { readonly data: string; readonly lines: Lines }> {
  const lines = new Lines();
  const data = options.data ?? (await ownFolder());
  const running = await serve({
    paths: [],
    listen: '127.0.0.1:0',
    admin: '127.0.0.1:0',
    data,
    channel: 'memory',
    map: [],
    limits: DEFAULT_LIMITS,
    clock: systemClock,
    random: systemRandom,
    log: lines,
    env: {},
    fatal: (error) => {
      throw error;
    },
    ...options,
  });
  onTestFinished(() => running.stop());
  return { ...running, data, lines };
}
