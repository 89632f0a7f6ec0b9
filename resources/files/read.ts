import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ErrorCode } from '../../events/errors.ts';
import { field, type Foreign } from '../../crds/foreign.ts';
import { identityText, type Identity } from '../../crds/identity.ts';
import type { Resource } from '../../crds/kinds.ts';
import { parse } from '../../crds/parse.ts';
import { refusalText } from '../../crds/refusal.ts';
import type { Refused } from '../store.ts';
import { documentsIn, type FileDocument } from './documents.ts';
import { whyOf, type FoundFile } from './paths.ts';

/** The largest file that is read, in bytes. */
export const FILE_BYTES_MAX: number = 8 * 1024 * 1024;
/** The most documents one file may have. */
export const DOCUMENTS_MAX = 20_000;

/** A resource that a file declares. */
export interface Placed {
  readonly resource: Resource;
  readonly place: Place;
}

/** Where a document stands. */
export interface Place {
  readonly file: string;
  readonly line: number;
  /** In the text of the file; undefined for an item of a List, which has no document of its own. */
  readonly range?: { readonly from: number; readonly to: number };
}

/** What one file says. */
export interface Reading {
  readonly file: string;
  /** Undefined: it could not be read. */
  readonly text: string | undefined;
  readonly placed: readonly Placed[];
  readonly foreign: readonly Foreign[];
  readonly refused: readonly Refused[];
  /** It holds something of which nobody knows what it is: what this file declared before and does not now may be that. */
  readonly unclear: boolean;
  /** Nothing in it is a Kubernetes object. */
  readonly ignored: boolean;
}

/** Reads one file; `known`, an earlier reading of it, is answered again if its text is still the same. Undefined: it is gone, and was not named. */
export async function readDeclarations(found: FoundFile, known: Reading | undefined): Promise<Reading | undefined> {
  const { file } = found;
  const read = await textOf(file);
  if ('why' in read) {
    if (read.gone && !found.named) return undefined;
    const refused = [whole(file, 'folder-unreadable', read.why)];
    const same = known?.text === undefined && known?.refused[0]?.message === refused[0]?.message;
    return same ? known : { ...nothing(file), refused, unclear: true };
  }
  return known?.text === read.text ? known : readText(found, read.text);
}

/** What a text says that stands in that file. Pure. */
export function readText({ file, named }: FoundFile, text: string): Reading {
  const documents = documentsIn(text);
  if (documents.length > DOCUMENTS_MAX) {
    const message = `has more than ${DOCUMENTS_MAX} documents; spread them over several files`;
    return { ...nothing(file), text, refused: [whole(file, 'yaml-invalid', message)], unclear: true };
  }
  const read = documents.flatMap((document) => readDocument(file, document, named));
  const refused = read.flatMap((one) => one.refused ?? []);
  return {
    file,
    text,
    placed: read.flatMap((one) => one.placed ?? []),
    foreign: read.flatMap((one) => one.foreign ?? []),
    refused,
    unclear: refused.some(({ identity }) => identity === undefined),
    ignored: read.length === 0,
  };
}

interface ReadOne {
  readonly placed?: Placed;
  readonly foreign?: Foreign;
  readonly refused?: readonly Refused[];
}

function readDocument(file: string, document: FileDocument, named: boolean): readonly ReadOne[] {
  if (document.broken !== undefined) {
    const where = { file, line: document.line };
    return [
      {
        refused: [
          { code: 'yaml-invalid', ...where, path: '', message: `${file}:${document.line}: ${document.broken}` },
        ],
      },
    ];
  }
  const items = field(document.value, 'items');
  if (field(document.value, 'kind') === 'List' && field(document.value, 'apiVersion') === 'v1' && Array.isArray(items))
    return items.flatMap((item: unknown, i) => readObject(item, { file, document, within: ['items', i], named: true }));
  return readObject(document.value, { file, document, within: [], named });
}

interface Around {
  readonly file: string;
  readonly document: FileDocument;
  readonly within: readonly (string | number)[];
  readonly named: boolean;
}

function readObject(value: unknown, { file, document, within, named }: Around): readonly ReadOne[] {
  const parsed = parse(value);
  const line = document.lineOf(within);
  switch (parsed.is) {
    case 'resource': {
      const range = within.length === 0 ? { range: document.range } : {};
      return [{ placed: { resource: parsed.resource, place: { file, line, ...range } } }];
    }
    case 'foreign':
      return [{ foreign: parsed.foreign }];
    case 'no-object': {
      const message = `${file}:${line}: is no Kubernetes object; give it an apiVersion, a kind and metadata.name`;
      return named ? [{ refused: [{ code: 'resource-invalid', file, line, path: '', message }] }] : [];
    }
    case 'refused': {
      const { code, identity } = parsed;
      const refused = parsed.refusals.map((refusal) => {
        const at = { file, line: document.lineOf([...within, ...refusal.steps]) };
        return refusedAt({ code, identity, at, path: refusal.path, text: refusalText(refusal) });
      });
      return [{ refused }];
    }
    default:
      return parsed satisfies never;
  }
}

/** A refusal of something that stands in a file. */
export function refusedAt(facts: {
  readonly code: ErrorCode;
  readonly identity: Identity | undefined;
  readonly at: Pick<Place, 'file' | 'line'>;
  readonly path: string;
  readonly text: string;
}): Refused {
  const { code, identity, at, path, text } = facts;
  const who = identity ? `${identityText(identity)}: ` : '';
  const { file, line } = at;
  return { code, file, line, path, message: `${file}:${line}: ${who}${text}`, ...(identity ? { identity } : {}) };
}

/** A refusal of a path as a whole. */
export function whole(file: string, code: ErrorCode, why: string): Refused {
  return { code, file, path: '', message: `${file}: ${why}` };
}

function nothing(file: string): Reading {
  return { file, text: undefined, placed: [], foreign: [], refused: [], unclear: false, ignored: false };
}

type Text = { readonly text: string } | { readonly why: string; readonly gone: boolean };

async function textOf(file: string): Promise<Text> {
  try {
    await using handle = await open(resolve(file), 'r');
    const facts = await handle.stat();
    if (facts.size > FILE_BYTES_MAX)
      return { why: `has ${facts.size} bytes; at most ${FILE_BYTES_MAX} are read`, gone: false };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(await handle.readFile()) };
  } catch (error) {
    if (error instanceof TypeError) return { why: 'is not UTF-8', gone: false };
    const why = whyOf(error);
    return { why, gone: why === 'does not exist' };
  }
}
