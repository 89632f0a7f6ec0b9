import assert from 'node:assert';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RefusedError } from '../../events/errors.ts';
import type { BrokerRef } from '../channel.ts';
import type { BrokerLimits } from './broker-limits.ts';
import { BrokerState } from './broker-state.ts';
import { checkFormat } from './folder-format.ts';
import { lockFolder } from './folder-lock.ts';
import { EmbeddedLogs } from './embedded-logs.ts';
import { EntryLog } from './entry-log.ts';
import { GroupBuffers } from './group-buffer.ts';
import { EMBEDDED_DEFAULTS, type EmbeddedOptions } from './options.ts';
import type { EmbeddedPorts } from './ports.ts';
import { damaged } from './recovery.ts';
import { FreeSpace, Room } from './room.ts';
import { StateFile } from './state.ts';
import { Usage } from './usage.ts';

const GROUP_SLACK_BYTES = 64 * 1024;
const SEGMENTS_PER_QUOTA = 8;

/**
 * Opens a data folder, or makes one, for this process alone. Rejects `data-folder-in-use`, `data-folder-newer`, `data-folder-damaged` (the folder's own files), `folder-unreadable`.
 */
export async function openFolder(
  path: string,
  ports: EmbeddedPorts,
  options: Partial<EmbeddedOptions> = {},
): Promise<DataFolder> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new RefusedError(
      'folder-unreadable',
      `${path}: cannot be made a data folder (${String(cause)}); choose another with --data`,
      { path, cause },
    );
  }
  const lock = lockFolder(path);
  try {
    await checkFormat(path, ports.disk);
    const state = join(path, 'state.sqlite');
    if (!existsSync(state) && (await brokersIn(path))) throw damaged(state, 'is missing, though there are segments');
    const file = await StateFile.open(state, ports.fatal);
    await ports.disk.syncFolder(path);
    const folder = new DataFolder(path, { ports, options: { ...EMBEDDED_DEFAULTS, ...options }, file, lock });
    await folder.finishRemovals();
    return folder;
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/** The folder of one process: `<path>/{lock,pid,format.json,state.sqlite}` and `<path>/brokers/<namespace>/<name>/` with its segments. Disposal closes every log that is still open. */
export class DataFolder implements AsyncDisposable {
  readonly #path: string;
  readonly #ports: EmbeddedPorts;
  readonly #options: EmbeddedOptions;
  readonly #file: StateFile;
  readonly #lock: Disposable;
  readonly #buffers: GroupBuffers;
  readonly #space: FreeSpace;
  readonly #open = new Map<string, Promise<EmbeddedLogs>>();
  #closed: Promise<void> | undefined;

  /** Use `openFolder`. */
  constructor(
    path: string,
    x: {
      readonly ports: EmbeddedPorts;
      readonly options: EmbeddedOptions;
      readonly file: StateFile;
      readonly lock: Disposable;
    },
  ) {
    const { clock, disk } = x.ports;
    const { groupBytes, inPlaceBytes, roomCheckMs } = x.options;
    this.#path = path;
    this.#ports = x.ports;
    this.#options = x.options;
    this.#file = x.file;
    this.#lock = x.lock;
    this.#buffers = new GroupBuffers(groupBytes + GROUP_SLACK_BYTES, inPlaceBytes);
    this.#space = new FreeSpace({ clock, disk, path, roomCheckMs });
  }

  /** Opens the logs of a broker, or makes them; one at a time per broker. Rejects `data-folder-damaged` for that broker alone, naming file and offset; `channel-unavailable`. */
  openLogs(broker: BrokerRef, limits: BrokerLimits = {}): Promise<EmbeddedLogs> {
    const key = keyOf(broker);
    assert(!this.#open.has(key), `the logs of ${key} are open already`);
    const opening = this.#openLogs(broker, limits);
    this.#open.set(key, opening);
    opening.catch(() => this.#open.delete(key));
    return opening;
  }

  /** Deletes all that is stored of a broker whose logs are not open: for good, also if it is interrupted. Idempotent. */
  async remove(broker: BrokerRef): Promise<void> {
    assert(!this.#open.has(keyOf(broker)), `the logs of ${keyOf(broker)} are open`);
    const state = await BrokerState.open(this.#file, broker);
    await state.removing();
    await rm(this.#folderOf(broker), { recursive: true, force: true });
    await state.drop();
  }

  /** Finishes what `remove` began before the process died. */
  async finishRemovals(): Promise<void> {
    const [found = []] = await this.#file.run([['brokersRemoving']]);
    for (const [namespace, name] of found) await this.remove({ namespace: String(namespace), name: String(name) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const opened = await Promise.allSettled(this.#open.values());
    for (const result of opened) if (result.status === 'fulfilled') await result.value[Symbol.asyncDispose]();
    await this.#file.close();
    this.#lock[Symbol.dispose]();
  }

  async #openLogs(broker: BrokerRef, limits: BrokerLimits): Promise<EmbeddedLogs> {
    const options = { ...this.#options, ...limits };
    const name = keyOf(broker);
    const state = await BrokerState.open(this.#file, broker);
    const quotaBytes = this.#quota(limits);
    const usage = new Usage({
      clock: this.#ports.clock,
      everyMs: options.roomCheckMs,
      measure: () => state.usedBytes(),
    });
    const { reserveBytes, roomCheckMs: retryAfterMs } = options;
    const usedBytes = (): number => entries.bytes + usage.bytes;
    const room = new Room(this.#space, { broker: name, reserveBytes, retryAfterMs, quotaBytes, usedBytes });
    const entries: EntryLog = await EntryLog.open(
      {
        folder: this.#folderOf(broker),
        options,
        ports: this.#ports,
        buffers: this.#buffers,
        room,
        // Several per quota, so that there is always one that can be given up.
        segmentBytes: () => Math.min(options.segmentBytes, quotaBytes() / SEGMENTS_PER_QUOTA),
        tailBytes: () => Math.min(options.tailBytes, options.tailsBytes / this.#open.size),
        confirm: (first) => state.write([['brokerLast', first, state.id]]),
      },
      state.segments,
    );
    const furthest = await state.positionMax();
    if (furthest > entries.end) {
      const refused = damaged(
        this.#folderOf(broker),
        `its log ends at ${entries.end}, but subscriptions stand at ${furthest}: its newest events are missing`,
      );
      await entries.close(refused);
      throw refused;
    }
    await usage.refresh();
    return new EmbeddedLogs({
      broker: name,
      entries,
      state,
      expired: () => entries.expired({ ...options, tight: room.tight }),
      subscriptions: await state.subscriptions(),
      refresh: () => usage.refreshSometimes(),
      closed: () => this.#open.delete(name),
    });
  }

  #quota({ quotaBytes }: BrokerLimits): () => number {
    if (typeof quotaBytes === 'function') return quotaBytes;
    if (quotaBytes !== undefined) return () => quotaBytes;
    return () => (this.#space.totalBytes * this.#options.volumeShare) / this.#open.size;
  }

  #folderOf({ namespace, name }: BrokerRef): string {
    return join(this.#path, 'brokers', fileName(namespace), fileName(name));
  }
}

function keyOf({ namespace, name }: BrokerRef): string {
  return `${namespace}/${name}`;
}

// Names of resources are safe already; this holds whatever else may come.
function fileName(name: string): string {
  return encodeURIComponent(name).replace(/^\./, '%2E');
}

async function brokersIn(path: string): Promise<boolean> {
  const found = await readdir(join(path, 'brokers')).catch(() => []);
  return found.length > 0;
}
