import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { destination, type Destination } from './destination.ts';
import { refuse } from './refusal.ts';

/** What every source has: where its events go, and which extensions they get. [Knative duck SourceSpec] */
export interface SourceSpec {
  readonly sink: Destination;
  readonly ceOverrides?: { readonly extensions?: Readonly<Record<string, string>> };
}

const CONTEXT = new Set([
  'id',
  'source',
  'type',
  'specversion',
  'data',
  'datacontenttype',
  'dataschema',
  'subject',
  'time',
]);

/** The fields of a SourceSpec, for the schema of a kind. */
export const sourceFields: {
  readonly sink: z.ZodType<Destination>;
  readonly ceOverrides: z.ZodExactOptional<z.ZodType<NonNullable<SourceSpec['ceOverrides']>>>;
} = {
  sink: destination,
  ceOverrides: z
    .strictObject({ extensions: z.record(z.string(), z.string()).superRefine(checkExtensions).exactOptional() })
    .exactOptional(),
};

function checkExtensions(map: Readonly<Record<string, string>>, context: z.RefinementCtx): void {
  for (const [name, text] of Object.entries(map)) {
    if (CONTEXT.has(name))
      refuse(context, {
        found: `${quoted(name)} is no extension`,
        allowed: 'what CloudEvents itself defines cannot be overridden',
        at: [name],
      });
    else if (!/^[a-z0-9]+$/.test(name))
      refuse(context, {
        found: `${quoted(name)} is no name of an attribute`,
        allowed: 'write lower-case letters and digits',
        at: [name],
      });
    else if (text === '')
      refuse(context, { found: 'is empty', allowed: 'give the extension a value, or leave it out', at: [name] });
    else if (unprintable(text))
      refuse(context, { found: 'holds a control character', allowed: 'leave control characters out', at: [name] });
  }
}

function unprintable(text: string): boolean {
  return /\p{Cc}/u.test(text) || !text.isWellFormed();
}
