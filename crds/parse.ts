import type { ErrorCode } from '../events/errors.ts';
import { quoted } from '../events/errors.ts';
import { refusalsOf } from './explain-issue.ts';
import { FILTER_DEPTH_MAX } from './filter.ts';
import { field, foreignOf, type Foreign } from './foreign.ts';
import { identityOf, type Identity } from './identity.ts';
import { KINDS, kindOf, SERVED_GROUPS, type Kind, type Resource } from './kinds.ts';
import { isLabel, isName } from './names.ts';
import { near } from './near.ts';
import type { Refusal } from './refusal.ts';

/** What a document is. `refused` carries the identity where the document has one, so that its last good version is found. */
export type Parsed =
  | { readonly is: 'resource'; readonly resource: Resource }
  | { readonly is: 'foreign'; readonly foreign: Foreign }
  /** It has nothing that an object of Kubernetes has: it was never meant for us. */
  | { readonly is: 'no-object' }
  | {
      readonly is: 'refused';
      readonly code: ErrorCode;
      readonly refusals: readonly Refusal[];
      readonly identity?: Identity;
    };

/** How deep a document may nest: twice the deepest filter, and room around it. */
export const DOCUMENT_DEPTH_MAX: number = 2 * FILTER_DEPTH_MAX + 16;

const MARKS = ['apiVersion', 'kind', 'metadata', 'spec'];

/**
 * Reads one document of unknown shape. Pure. A `status` in it is passed over: that is the store's. Null where a value belongs is refused, but for `labels`, `annotations` and
 * `data`, where it is nothing.
 */
export function parse(document: unknown): Parsed {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return { is: 'no-object' };
  const apiVersion = field(document, 'apiVersion');
  const kindName = field(document, 'kind');
  if (!MARKS.some((name) => field(document, name) !== undefined)) return { is: 'no-object' };
  const missing = [textMissing('apiVersion', apiVersion), textMissing('kind', kindName), hostile(document)];
  const refusals = missing.filter((refusal) => refusal !== undefined);
  if (refusals.length > 0 || typeof apiVersion !== 'string' || typeof kindName !== 'string')
    return { is: 'refused', code: 'resource-invalid', refusals };
  const identity = identityIn(document, apiVersion, kindName);
  const kind = kindOf({ apiVersion, kind: kindName });
  if (kind) return parseKind(kind, document, identity);
  if (SERVED_GROUPS.includes(apiVersion.split('/')[0] ?? '')) return notServed(apiVersion, kindName, identity);
  if (identity) return { is: 'foreign', foreign: foreignOf(identity, { ...document }) };
  return { is: 'foreign', foreign: { apiVersion, kind: kindName, namespace: 'default', name: '', addresses: [] } };
}

function parseKind(kind: Kind, document: object, identity: Identity | undefined): Parsed {
  const written = Object.fromEntries(Object.entries(document).filter(([name]) => name !== 'status'));
  const result = kind.schema.safeParse(written);
  if (result.success) return { is: 'resource', resource: result.data };
  const refusals = result.error.issues.flatMap((issue) => refusalsOf(issue, written, kind));
  const by = identity ?? undefined;
  return { is: 'refused', code: codeOf(refusals), refusals, ...(by ? { identity: by } : {}) };
}

function codeOf(refusals: readonly Refusal[]): ErrorCode {
  const unsupported = refusals.every(
    ({ path, allowed }) => path === 'spec.brokerRef' || /\bnot served\b/.test(allowed),
  );
  return unsupported ? 'resource-unsupported' : 'resource-invalid';
}

function notServed(apiVersion: string, kindName: string, identity: Identity | undefined): Parsed {
  const version = KINDS.find(({ kind }) => kind === kindName)?.apiVersion;
  const served = KINDS.filter((kind) => SERVED_GROUPS.includes(groupOf(kind.apiVersion)));
  const names = served.filter((kind) => groupOf(kind.apiVersion) === groupOf(apiVersion)).map(({ kind }) => kind);
  const suggestion = near(
    kindName,
    served.map(({ kind }) => kind),
  );
  const refusal: Refusal =
    version === undefined
      ? {
          path: 'kind',
          steps: ['kind'],
          found: `is ${quoted(kindName)}`,
          allowed: `this kind of ${apiVersion} is not served; of that group there are ${names.join(', ')}`,
          ...(suggestion === undefined ? {} : { suggestion }),
        }
      : {
          path: 'apiVersion',
          steps: ['apiVersion'],
          found: `is ${quoted(apiVersion)}`,
          allowed: `this version is not served; write ${version}`,
        };
  return { is: 'refused', code: 'resource-unsupported', refusals: [refusal], ...(identity ? { identity } : {}) };
}

function textMissing(name: string, value: unknown): Refusal | undefined {
  if (typeof value === 'string' && value !== '') return undefined;
  const found = value === undefined ? 'is missing' : 'is no text';
  return { path: name, steps: [name], found, allowed: 'every Kubernetes object has an apiVersion and a kind' };
}

function identityIn(document: object, apiVersion: string, kind: string): Identity | undefined {
  const metadata = field(document, 'metadata');
  const name = field(metadata, 'name');
  const namespace = field(metadata, 'namespace') ?? 'default';
  if (typeof name !== 'string' || !isName(name) || typeof namespace !== 'string' || !isLabel(namespace))
    return undefined;
  return identityOf({ apiVersion, kind, metadata: { namespace, name } });
}

// What would pass a schema unseen, or take too long to look at.
function hostile(value: unknown, steps: readonly (string | number)[] = []): Refusal | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (steps.length > DOCUMENT_DEPTH_MAX)
    return { path: '', steps: [], found: `nests deeper than ${DOCUMENT_DEPTH_MAX}`, allowed: 'nest less' };
  for (const [key, inner] of Object.entries(value)) {
    const at = [...steps, Array.isArray(value) ? Number(key) : key];
    if (key === '__proto__') return { path: '', steps: at, found: 'has a field __proto__', allowed: 'leave it out' };
    const found = hostile(inner, at);
    if (found) return found;
  }
  return undefined;
}

function groupOf(apiVersion: string): string {
  return apiVersion.split('/')[0] ?? '';
}
