import { z } from 'zod';
import { durationMs } from '../events/duration.ts';
import { quoted } from '../events/errors.ts';
import { refuse } from './refusal.ts';

/** An ISO 8601 duration, kept as it is written; `PT0S` is one. [Knative DeliverySpec] */
export const duration: z.ZodType<string> = durationAbove(-1);

/** An ISO 8601 duration longer than nothing. */
export const positiveDuration: z.ZodType<string> = durationAbove(0);

function durationAbove(boundMs: number): z.ZodType<string> {
  return z.string().superRefine((text, context) => {
    const ms = durationMs(text);
    const allowed = 'write an ISO 8601 duration such as PT0.2S, PT30S or P1D';
    if (ms === undefined) refuse(context, { found: text === '' ? 'is empty' : `is ${quoted(text)}`, allowed });
    else if (ms <= boundMs)
      refuse(context, { found: `is ${quoted(text)}`, allowed: 'write a duration of more than 0' });
  });
}
