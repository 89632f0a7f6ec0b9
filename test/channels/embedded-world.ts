import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AppendFile, Disk } from '../../channels/embedded/disk.ts';
import { nodeDisk } from '../../channels/embedded/disk.ts';
import type { BrokerLimits } from '../../channels/embedded/broker-limits.ts';
import type { EmbeddedLogs } from '../../channels/embedded/embedded-logs.ts';
import { openFolder, type DataFolder } from '../../channels/embedded/folder.ts';
import type { EmbeddedOptions } from '../../channels/embedded/options.ts';
import type { LogFields } from '../../events/log.ts';
import type { Position } from '../../channels/log/log.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { BROKER, idsOf, owned } from './embedded-entries.ts';

export const NEVER: AbortSignal = new AbortController().signal;
export const ALL = { entries: 1_000_000, bytes: Infinity };

/** A folder of its own for one test, deleted after it. */
export async function temporaryFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'weir-embedded-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** The real disk, whose next writes a test can spoil, and on which it says how much is free. */
export class TestDisk implements Disk {
  writes = 0;
  /** Asked before each write of a record group: an error fails it, a number lets so many bytes through. */
  spoil: ((parts: readonly Uint8Array[]) => Error | number | undefined) | undefined;
  failCut: Error | undefined;
  freeBytes = 2 ** 40;
  totalBytes = 2 ** 41;

  async create(path: string): Promise<AppendFile> {
    return this.#watched(await nodeDisk.create(path));
  }

  async reopen(path: string): Promise<AppendFile> {
    return this.#watched(await nodeDisk.reopen(path));
  }

  syncFolder(path: string): Promise<void> {
    return nodeDisk.syncFolder(path);
  }

  space(): { freeBytes: number; totalBytes: number } {
    return { freeBytes: this.freeBytes, totalBytes: this.totalBytes };
  }

  #watched(file: AppendFile): AppendFile {
    return {
      write: (parts, done) => {
        this.writes += 1;
        const fault = this.spoil?.(parts);
        if (fault instanceof Error) return done(fault, 0);
        if (fault === undefined) return file.write(parts, done);
        return file.write([Buffer.concat(parts).subarray(0, fault)], done);
      },
      cut: (bytes) => (this.failCut ? Promise.reject(this.failCut) : file.cut(bytes)),
      close: () => file.close(),
    };
  }
}

/** What one data folder is opened with, over and over. */
export class Bench {
  readonly clock: FakeClock = new FakeClock();
  readonly disk: TestDisk = new TestDisk();
  readonly fatal: Error[] = [];
  readonly said: { readonly name: string; readonly fields: LogFields }[] = [];
  readonly path: string;
  readonly options: Partial<EmbeddedOptions>;

  constructor(path: string, options: Partial<EmbeddedOptions> = {}) {
    this.path = path;
    this.options = options;
  }

  static async make(options: Partial<EmbeddedOptions> = {}): Promise<Bench> {
    return new Bench(await temporaryFolder(), options);
  }

  async open(): Promise<DataFolder> {
    const say = (name: string, fields: LogFields = {}): void => void this.said.push({ name, fields });
    const log = { debug: say, info: say, warn: say, error: say };
    const fatal = (error: Error): void => void this.fatal.push(error);
    const folder = await openFolder(this.path, { clock: this.clock, disk: this.disk, log, fatal }, this.options);
    onTestFinished(() => folder[Symbol.asyncDispose]());
    return folder;
  }

  /** The folder and the logs of `BROKER`. */
  async openLogs(limits: BrokerLimits = {}): Promise<{ folder: DataFolder; logs: EmbeddedLogs }> {
    const folder = await this.open();
    return { folder, logs: await folder.openLogs(BROKER, limits) };
  }

  /** The segment files of `BROKER`, oldest first. */
  async segments(): Promise<string[]> {
    const folder = join(this.path, 'brokers', BROKER.namespace, BROKER.name);
    return (await readdir(folder)).sort().map((name) => join(folder, name));
  }
}

/** The ids of all entries from `from` on that are durable. */
export async function idsFrom(logs: EmbeddedLogs, from: Position): Promise<unknown[]> {
  return owned(logs, async (log) => {
    const { start, end } = await log.recover();
    const ids: unknown[] = [];
    for (let next = Math.max(from, start); next < end;) {
      const slice = await log.read(next, ALL, NEVER);
      ids.push(...idsOf(slice));
      next = slice.first + slice.entries.length;
    }
    return ids;
  });
}

/** One that rejects with a code. */
export function code(wanted: string): object {
  return { code: wanted };
}
