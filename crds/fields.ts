import { z } from 'zod';
import { field } from './foreign.ts';
import type { Kind } from './kinds.ts';

/** The fields that are known at `steps` of an object of that kind; none where anything may stand. Derived from the schema. */
export function knownFields(kind: Kind, steps: readonly (string | number)[]): readonly string[] {
  const root: unknown = z.toJSONSchema(kind.schema, { io: 'input', unrepresentable: 'any', cycles: 'ref' });
  let here: unknown = root;
  for (const step of steps) {
    here = resolved(here, root);
    here =
      typeof step === 'number'
        ? field(here, 'items')
        : (field(field(here, 'properties'), step) ?? field(here, 'additionalProperties'));
  }
  const properties = field(resolved(here, root), 'properties');
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

// `{ "$ref": "#/$defs/x" }` stands for what it names; a default wraps nothing here.
function resolved(schema: unknown, root: unknown): unknown {
  let here = schema;
  for (let ref = field(here, '$ref'); typeof ref === 'string'; ref = field(here, '$ref')) {
    here = root;
    for (const part of ref.replace(/^#\/?/, '').split('/').filter(Boolean)) here = field(here, part);
  }
  return here;
}
