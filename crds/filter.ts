import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { refuse } from './refusal.ts';

/** Attribute name -> text. Names match `^[a-z][a-z0-9]*$`. */
export type AttributeTexts = Readonly<Record<string, string>>;

/** One element of `spec.filters`: exactly one dialect. [Knative SubscriptionsAPIFilter] */
export type FilterSpec =
  | { readonly exact: AttributeTexts }
  | { readonly prefix: AttributeTexts }
  | { readonly suffix: AttributeTexts }
  | { readonly all: readonly FilterSpec[] }
  | { readonly any: readonly FilterSpec[] }
  | { readonly not: FilterSpec };

/** What a Trigger wants: non-empty `filters` override `filter`; in `filter.attributes` an empty text means that the attribute is there. */
export interface TriggerFilterSpec {
  readonly filter?: { readonly attributes?: AttributeTexts };
  readonly filters?: readonly FilterSpec[];
}

/** How deep filters may nest. */
export const FILTER_DEPTH_MAX = 32;

const NAME = /^[a-z][a-z0-9]*$/;
const DIALECTS = ['exact', 'prefix', 'suffix', 'all', 'any', 'not'] as const;

/** `spec.filter`, checked. */
export const legacyFilter: z.ZodType<{ readonly attributes?: AttributeTexts }> = z.strictObject({
  attributes: z.record(z.string(), z.string()).superRefine(checkNames).exactOptional(),
});

const texts = z.record(z.string(), z.string()).superRefine((map, context) => {
  checkNames(map, context);
  if (Object.keys(map).length === 0)
    refuse(context, { found: 'is empty', allowed: 'give at least one attribute, or leave the element out' });
  for (const [name, text] of Object.entries(map))
    if (text === '')
      refuse(context, { found: 'is empty', allowed: `to accept any ${name}, leave the attribute out`, at: [name] });
});

const several = z
  .lazy(() => z.array(filterSpec))
  .superRefine((elements, context) => {
    if (elements.length === 0)
      refuse(context, { found: 'is empty', allowed: 'give at least one filter, or leave it out' });
  });

/** One element of `spec.filters`, checked. */
export const filterSpec: z.ZodType<FilterSpec> = z
  .strictObject({
    exact: texts.exactOptional(),
    prefix: texts.exactOptional(),
    suffix: texts.exactOptional(),
    all: several.exactOptional(),
    any: several.exactOptional(),
    not: z.lazy(() => filterSpec).exactOptional(),
    cesql: z.unknown().exactOptional(),
  })
  .transform((element, context): FilterSpec => {
    const named = Object.keys(element);
    if (named.includes('cesql')) {
      const allowed = `this dialect is not served yet; write the condition with ${DIALECTS.join(', ')}`;
      refuse(context, { found: 'is an expression', allowed, at: ['cesql'] });
      return z.NEVER;
    }
    if (named.length > 1)
      refuse(context, {
        found: `has ${named.length} dialects (${named.join(', ')})`,
        allowed: 'write one per element: all elements must match',
      });
    const found = only(element);
    // An unknown field was refused already.
    if (!found && context.issues.length === 0)
      refuse(context, { found: 'names no dialect', allowed: `write one of ${DIALECTS.join(', ')}` });
    return found ?? z.NEVER;
  });

type Elements = {
  readonly [D in (typeof DIALECTS)[number]]?: Extract<FilterSpec, Readonly<Record<D, unknown>>>[D &
    keyof Extract<FilterSpec, Readonly<Record<D, unknown>>>];
};

function only({ exact, prefix, suffix, all, any, not }: Elements): FilterSpec | undefined {
  if (exact) return { exact };
  if (prefix) return { prefix };
  if (suffix) return { suffix };
  if (all) return { all };
  if (any) return { any };
  return not ? { not } : undefined;
}

function checkNames(map: AttributeTexts, context: z.RefinementCtx): void {
  for (const name of Object.keys(map))
    if (!NAME.test(name))
      refuse(context, {
        found: `${quoted(name)} is no attribute a filter can name`,
        allowed: 'write lower-case letters and digits, beginning with a letter',
        at: [name],
      });
}
