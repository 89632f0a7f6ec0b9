import { z } from 'zod';
import { quoted } from '../../events/errors.ts';
import { isUriReference } from '../../events/uri.ts';
import { refuse } from '../refusal.ts';

/** What only `provider: standard-webhooks` has: who it is that sends, as requests do not say it. */
export interface StandardWebhooks {
  /** In the type: `openai` makes `com.openai.<type>`. */
  readonly name?: string;
  /** `source` of the events; undefined: that of the resource. */
  readonly source?: string;
}

/** `spec.standardWebhooks`, checked. */
export const standardWebhooks: z.ZodType<StandardWebhooks> = z.strictObject({
  name: z
    .string()
    .superRefine((text, context) => {
      if (!/^[a-z0-9]([a-z0-9.-]{0,98}[a-z0-9])?$/.test(text))
        refuse(context, {
          found: `is ${quoted(text)}`,
          allowed: 'write the name of the sender in lower-case letters, digits, "." and "-": openai',
        });
    })
    .exactOptional(),
  source: z
    .string()
    .superRefine((text, context) => {
      if (text === '' || !isUriReference(text))
        refuse(context, { found: `is ${quoted(text)}`, allowed: 'write a URI, such as https://api.example.com' });
    })
    .exactOptional(),
});
