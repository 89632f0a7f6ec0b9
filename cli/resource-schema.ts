import { z } from 'zod';

/** What the commands read of a condition. */
const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: z.string().optional(),
});

/** A resource as the admin API answers it: what tables and descriptions look at; the rest is kept for -o json. */
const resource = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    creationTimestamp: z.string().optional(),
    generation: z.number().optional(),
  }),
  spec: z.looseObject({}).optional(),
  status: z.looseObject({ conditions: z.array(condition).optional() }).optional(),
});

/** A resource as the admin API answers it. */
export type Shown = z.infer<typeof resource>;

/** The answer to `GET /api/v1/resources/KIND`. */
export const resourcesAnswer: z.ZodType<{ kind: string; items: Shown[]; refused: string[] }> = z.object({
  kind: z.string(),
  items: z.array(resource),
  refused: z.array(z.string()),
});

const subscription = z.object({
  name: z.string(),
  namespace: z.string(),
  broker: z.string(),
  backlog: z.number(),
  oldestMs: z.number().optional(),
  deadLetters: z.number(),
  attached: z.boolean(),
  held: z.string().optional(),
});

/** How a trigger's subscription stands, as the admin API answers it. */
export type SubscriptionShown = z.infer<typeof subscription>;

/** The answer to `GET /api/v1/subscriptions`. */
export const subscriptionsAnswer: z.ZodType<{ items: SubscriptionShown[] }> = z.object({
  items: z.array(subscription),
});

const source = z.object({
  namespace: z.string(),
  kind: z.string(),
  name: z.string(),
  emitted: z.number().optional(),
  skipped: z.number().optional(),
  failures: z.number().optional(),
  restarts: z.number().optional(),
  deadLetters: z.number().optional(),
  lag: z.number().optional(),
  lastEventAtMs: z.number().optional(),
  lastError: z.object({ atMs: z.number(), code: z.string().optional(), message: z.string() }).optional(),
});

/** What a source did since it was opened, as the admin API answers it; without counts it does not run. */
export type SourceShown = z.infer<typeof source>;

/** The answer to `GET /api/v1/sources`. */
export const sourcesAnswer: z.ZodType<{ items: SourceShown[] }> = z.object({ items: z.array(source) });

/** A field of what is nested, as text; empty if it is not there. */
export function fieldText(value: unknown, ...path: readonly string[]): string {
  let at: unknown = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !(step in at)) return '';
    at = Reflect.get(at, step);
  }
  if (at === undefined || at === null) return '';
  return typeof at === 'string' ? at : JSON.stringify(at);
}
