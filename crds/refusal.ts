import type { z } from 'zod';

/** Why a document is not accepted: where, what was found there, and what to do. Never holds a secret: `found` quotes no value of a Secret. */
export interface Refusal {
  /** As people write it: `spec.filters[1].exact.type`, `metadata.annotations[weir.dev/start]`; empty for the document itself. */
  readonly path: string;
  /** The same place as steps, for who must find its line. */
  readonly steps: readonly (string | number)[];
  /** Begins with a verb: `is empty`, `is "expo"`. */
  readonly found: string;
  /** What is allowed, or what to do. */
  readonly allowed: string;
  /** A known field that an unknown one is near to. */
  readonly suggestion?: string;
}

/** `spec.filters[1].exact.type: is empty; to accept any type, leave the attribute out`: one line. */
export function refusalText(refusal: Refusal): string {
  const where = refusal.path === '' ? '' : `${refusal.path}: `;
  const near = refusal.suggestion === undefined ? '' : ` (did you mean ${refusal.suggestion}?)`;
  return `${where}${refusal.found}; ${refusal.allowed}${near}`;
}

/** Steps as people write them; keys that are no plain names stand in brackets, as Kubernetes writes them. */
export function pathText(steps: readonly (string | number)[]): string {
  return steps
    .map((step, i) => {
      if (typeof step === 'number' || !/^[\w-]+$/.test(step)) return `[${String(step)}]`;
      return i === 0 ? step : `.${step}`;
    })
    .join('');
}

/** What a rule found wrong, at `at` below the value it is a rule of. */
export interface Finding {
  readonly found: string;
  readonly allowed: string;
  readonly at?: readonly (string | number)[];
}

/** Adds a finding of a rule of ours to what zod found. */
export function refuse(context: z.RefinementCtx, finding: Finding): void {
  const { found, allowed } = finding;
  context.addIssue({
    code: 'custom',
    message: `${found}; ${allowed}`,
    path: [...(finding.at ?? [])],
    params: { found, allowed },
  });
}
