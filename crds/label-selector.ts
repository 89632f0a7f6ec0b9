import { z } from 'zod';
import { quoted } from '../events/errors.ts';
import { refuse } from './refusal.ts';

/** One requirement on a label. [Kubernetes LabelSelectorRequirement] */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

/** Which objects are meant, by their labels; an empty one means all. [Kubernetes LabelSelector] */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelRequirement[];
}

const KEY = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^(?:[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)?$/;

const key = z.string().superRefine((text, context) => {
  if (!KEY.test(text)) refuse(context, { found: `is ${quoted(text)}`, allowed: 'write the key of a label' });
});
const value = z.string().superRefine((text, context) => {
  if (!VALUE.test(text)) refuse(context, { found: `is ${quoted(text)}`, allowed: 'write the value of a label' });
});

const requirement: z.ZodType<LabelRequirement> = z
  .strictObject({
    key,
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
    values: z.array(value).exactOptional(),
  })
  .superRefine(({ operator, values = [] }, context) => {
    if ((operator === 'In' || operator === 'NotIn') !== values.length > 0)
      refuse(context, {
        found: values.length > 0 ? `stands beside ${operator}` : 'is missing',
        allowed: 'In and NotIn have values, Exists and DoesNotExist have none',
        at: ['values'],
      });
  });

/** A LabelSelector, checked. */
export const labelSelector: z.ZodType<LabelSelector> = z.strictObject({
  matchLabels: z.record(key, value).exactOptional(),
  matchExpressions: z.array(requirement).exactOptional(),
});

/** As the API takes it in `labelSelector`: `app=x,tier in (a,b),!old`; empty for all. */
export function labelSelectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  const expressions = matchExpressions.map(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'In':
        return `${key} in (${values.join(',')})`;
      case 'NotIn':
        return `${key} notin (${values.join(',')})`;
      case 'Exists':
        return key;
      case 'DoesNotExist':
        return `!${key}`;
      default:
        return operator satisfies never;
    }
  });
  return [...labels, ...expressions].join(',');
}
