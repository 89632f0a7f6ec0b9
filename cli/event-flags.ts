import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { cloudEvent, withAttributes } from '../events/attributes.ts';
import type { Clock } from '../events/clock.ts';
import { RefusedError, quoted } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';
import { decodeJson, decodeJsonBatch } from '../events/json/decode.ts';

/** The flags of `weir send` that say what is sent. */
export interface EventFlags {
  readonly id?: string;
  readonly source?: string;
  readonly type?: string;
  readonly subject?: string;
  readonly time?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  readonly ext?: readonly string[];
  readonly data?: string;
  readonly dataFile?: string;
  readonly event?: string;
}

const ATTRIBUTES = ['id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'dataschema'] as const;

/** The events that flags describe. Rejects `usage` or the code of what is wrong with an event. */
export async function eventsOf(
  flags: EventFlags,
  x: { readonly stdin: NodeJS.ReadableStream; readonly clock: Clock },
): Promise<readonly CloudEvent[]> {
  const set = attributesOf(flags);
  if (flags.event !== undefined) {
    if (flags.data !== undefined || flags.dataFile !== undefined)
      throw new RefusedError('usage', '--event: holds its data already; leave --data and --data-file out');
    const bytes = await bytesOf(flags.event, '--event', x.stdin);
    return decodedFrom(flags.event, bytes).map((event) => withAttributes(event, set));
  }
  if (flags.data !== undefined && flags.dataFile !== undefined)
    throw new RefusedError('usage', '--data and --data-file: only one of them');
  const data =
    flags.dataFile === undefined ? textBytes(flags.data) : await bytesOf(flags.dataFile, '--data-file', x.stdin);
  const defaults = {
    id: randomUUID(),
    source: '/weir/send',
    type: 'weir.sent',
    time: new Date(x.clock.now()).toISOString(),
    ...(data === undefined ? {} : { datacontenttype: contentType(data) }),
  };
  return [cloudEvent({ specversion: '1.0', ...defaults, ...set }, data)];
}

function attributesOf(flags: EventFlags): Record<string, string> {
  const set: Record<string, string> = {};
  for (const name of ATTRIBUTES) {
    const value = flags[name];
    if (value !== undefined) set[name] = value;
  }
  for (const text of flags.ext ?? []) {
    const [, name, value] = /^([a-z\d]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined)
      throw new RefusedError(
        'usage',
        `--ext: ${quoted(text)} is not name=value; names are lower-case letters and digits`,
      );
    set[name] = value;
  }
  return set;
}

/** What is wrong is said with the file it is in. */
function decodedFrom(file: string, bytes: Uint8Array): readonly CloudEvent[] {
  try {
    return decoded(bytes);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const where = file === '-' ? 'stdin' : quoted(file);
    throw new RefusedError(error.code, `--event: ${where}: ${error.message.replace(/^body: /, '')}`, { cause: error });
  }
}

function decoded(bytes: Uint8Array): readonly CloudEvent[] {
  const first = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  return first.startsWith('[') ? decodeJsonBatch(bytes) : [decodeJson(bytes)];
}

async function bytesOf(file: string, flag: string, stdin: NodeJS.ReadableStream): Promise<Uint8Array> {
  if (file === '-') return buffer(stdin);
  try {
    return await readFile(file);
  } catch (error) {
    throw new RefusedError('usage', `${flag}: ${quoted(file)} cannot be read; name a file, or - for stdin`, {
      cause: error,
    });
  }
}

function textBytes(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : new TextEncoder().encode(text);
}

/** What data look like: JSON, text, or neither. */
function contentType(data: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(data);
    try {
      JSON.parse(text);
      return 'application/json';
    } catch {
      return 'text/plain; charset=utf-8';
    }
  } catch {
    return 'application/octet-stream';
  }
}
