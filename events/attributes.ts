import { RefusedError, quoted } from './errors.ts';
import type { AttributeValue, Attributes, CloudEvent } from './event.ts';
import { isMediaType } from './media-type.ts';
import { isTimestamp } from './timestamp.ts';
import { isAbsoluteUri, isUriReference } from './uri.ts';

const REQUIRED = ['specversion', 'id', 'source', 'type'] as const;
const INTEGER_MAX = 2 ** 31 - 1;
const INTEGER_MIN = -(2 ** 31);

/**
 * An event of these attributes and data, in this order, checked; `data` is kept, not copied. Nothing is added: `specversion` and `id` must be among them.
 * Throws `attribute-missing`, `attribute-invalid`, `attribute-duplicate`, `specversion-unsupported`, each with the attribute as path. [CloudEvents 1.0 "Context Attributes"]
 */
export function cloudEvent(
  attributes: Readonly<Record<string, AttributeValue>> | Iterable<readonly [string, AttributeValue]>,
  data?: Uint8Array,
): CloudEvent {
  const checked = new Map<string, AttributeValue>();
  const entries = Symbol.iterator in attributes ? attributes : Object.entries(attributes);
  for (const [name, value] of entries) addAttribute(checked, name, value);
  return eventOf(checked, data);
}

/**
 * The event with attributes set, replaced in their place, or (undefined) taken away; its data are shared. Throws as `cloudEvent` does, also if a required attribute is taken away.
 */
export function withAttributes(
  event: CloudEvent,
  changes: Readonly<Record<string, AttributeValue | undefined>>,
): CloudEvent {
  const attributes = new Map(event.attributes);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) attributes.delete(name);
    else attributes.set(name, checkedAttribute(name, value));
  }
  return eventOf(attributes, event.data);
}

/** Adds a checked attribute. Throws `attribute-invalid`, `attribute-duplicate`, `specversion-unsupported`. For codecs, which read one after the other. */
export function addAttribute(attributes: Map<string, AttributeValue>, name: string, value: AttributeValue): void {
  const checked = checkedAttribute(name, value);
  const before = attributes.size;
  attributes.set(name, checked);
  if (attributes.size === before) throw duplicateAttribute(name);
}

/** The event of attributes that `addAttribute` has checked, one by one. Throws `attribute-missing`. */
export function eventOf(attributes: Attributes, data: Uint8Array | undefined): CloudEvent {
  for (const name of REQUIRED) {
    if (!attributes.has(name)) {
      throw new RefusedError('attribute-missing', `${name}: is missing; every event needs ${REQUIRED.join(', ')}`, {
        path: name,
      });
    }
  }
  return data === undefined ? { attributes } : { attributes, data };
}

/** Throws `attribute-invalid` if `name` cannot be an attribute's. */
export function checkName(name: string): void {
  if (!isName(name)) throw invalidName(name);
}

/** What to throw when an attribute comes a second time. */
export function duplicateAttribute(name: string): RefusedError {
  return new RefusedError('attribute-duplicate', `${name}: comes more than once; send it once`, { path: name });
}

/** What to throw when an attribute breaks its rule; `what` says which and what to do. */
export function invalidAttribute(name: string, what: string): RefusedError {
  // The path goes into answers: a name that is none may be as long as the message it came in.
  const path = name.slice(0, 60);
  return new RefusedError('attribute-invalid', `${name === path && isName(name) ? name : quoted(name)}: ${what}`, {
    path,
  });
}

/** Names longer than 20 characters or beginning with a digit are only advised against, so they pass. [CloudEvents 1.0 "Naming Conventions"] */
function checkedAttribute(name: string, value: AttributeValue): AttributeValue {
  if (typeof value === 'string') return checkedString(name, value);
  checkName(name);
  if (RULES.has(name)) throw invalidAttribute(name, `is ${shown(value)}, not a string; send a string`);
  if (typeof value === 'boolean') return value;
  if (!Number.isInteger(value) || value > INTEGER_MAX || value < INTEGER_MIN) {
    throw invalidAttribute(
      name,
      `is ${shown(value)}; send a string, a boolean, or an integer of 32 bits (other numbers as a string)`,
    );
  }
  // -0 is the integer 0: there is one canonical form.
  return value === 0 ? 0 : value;
}

/** Callers that no compiler checks may bring anything; what has no short text is named by its type. */
function shown(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `of type ${typeof value}`;
}

function checkedString(name: string, value: string): string {
  const rule = RULES.get(name);
  if (rule === undefined) {
    checkName(name);
    anyText(name, value);
  } else {
    if (value === '') throw invalidAttribute(name, 'is empty; give it a value or leave it out');
    rule(name, value);
  }
  return value;
}

function isName(name: string): boolean {
  const length = name.length;
  if (length === 0 || name === 'data') return false;
  for (let at = 0; at < length; at++) {
    const code = name.charCodeAt(at);
    if (!((code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39))) return false;
  }
  return true;
}

function invalidName(name: string): RefusedError {
  const why =
    name === 'data' ? 'is never an attribute; send data as data' : 'is no attribute name; use only a-z and 0-9';
  return invalidAttribute(name, why);
}

/** What a String must not have, and this one has. [CloudEvents 1.0 "Type System"] */
function stringFault(value: string): string | undefined {
  const length = value.length;
  for (let at = 0; at < length; at++) {
    const code = value.charCodeAt(at);
    if (code >= 0x20 && code < 0x7f) continue;
    if (code < 0xa0) return 'a control character';
    if (code < 0xd800 || (code >= 0xe000 && code < 0xfdd0) || (code > 0xfdef && code < 0xfffe)) continue;
    if (code >= 0xe000) return 'a noncharacter';
    const point = value.codePointAt(at) ?? code;
    if (point === code) return 'a lone surrogate';
    if ((point & 0xfffe) === 0xfffe) return 'a noncharacter';
    at++;
  }
  return undefined;
}

type Rule = (name: string, value: string) => void;

function anyText(name: string, value: string): void {
  const fault = stringFault(value);
  if (fault !== undefined) throw invalidAttribute(name, `is ${quoted(value)}, which has ${fault}; leave it out`);
}

/** The attributes that CloudEvents defines: strings, never empty, each with a rule of its own, none of which lets pass what a String must not have. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['id', anyText],
  ['type', anyText],
  ['subject', anyText],
  [
    'specversion',
    (name, value) => {
      if (value === '1.0') return;
      const how = value === '0.3' ? ' (schemaurl is dataschema there, and datacontentencoding is gone)' : '';
      throw new RefusedError(
        'specversion-unsupported',
        `${name}: is ${quoted(value)}, not "1.0"; send the event as CloudEvents 1.0${how}`,
        { path: name },
      );
    },
  ],
  [
    'source',
    (name, value) => {
      if (!isUriReference(value))
        throw invalidAttribute(
          name,
          `is ${quoted(value)}, no URI reference; percent-encode what a URI may not contain`,
        );
    },
  ],
  [
    'dataschema',
    (name, value) => {
      if (!isAbsoluteUri(value))
        throw invalidAttribute(name, `is ${quoted(value)}, no absolute URI; begin with a scheme, without a fragment`);
    },
  ],
  [
    'time',
    (name, value) => {
      if (!isTimestamp(value))
        throw invalidAttribute(name, `is ${quoted(value)}, no RFC 3339 time; write it like 2026-01-31T09:00:00Z`);
    },
  ],
  [
    'datacontenttype',
    (name, value) => {
      if (!isMediaType(value))
        throw invalidAttribute(name, `is ${quoted(value)}, no media type; write it like application/json`);
    },
  ],
]);
