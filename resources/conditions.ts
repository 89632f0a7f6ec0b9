import { conditionOf, READY, type Condition, type Status } from '../crds/conditions.ts';
import type { Fact } from './plan.ts';
import type { Resolution } from './resolve.ts';

/** What is so: a condition before it has a type and a time. False and Unknown always say why. [C61] */
export type Judgement =
  | { readonly status: 'True'; readonly reason?: string; readonly message?: string }
  | { readonly status: 'False' | 'Unknown'; readonly reason: string; readonly message: string };

/** It is so. */
export const TRUE: Judgement = { status: 'True' };

/** Knative's words where identities are switched off, as they are here. [Knative OIDCIdentityCreated] */
export const OIDC_DISABLED: Judgement = { status: 'True', reason: 'authentication-oidc feature disabled' };

/** Knative's words where nothing asks for a dead letter sink. */
export const NO_DEAD_LETTER_SINK: Judgement = { status: 'True', reason: 'DeadLetterSinkNotConfigured' };

/** It is not so. */
export function no(reason: string, message: string): Judgement {
  return { status: 'False', reason, message };
}

/** What the process says of it; Unknown while it has said nothing. */
export function told(fact: Fact | undefined, waitingFor: string): Judgement {
  if (!fact) return { status: 'Unknown', reason: 'Pending', message: waitingFor };
  return fact.ok ? TRUE : no(fact.reason, fact.message);
}

/** Whether a destination was resolved. */
export function resolved(resolution: Resolution): Judgement {
  return 'reason' in resolution ? no(resolution.reason, resolution.message) : TRUE;
}

/** What conditions were, and what time it is. */
export interface Before {
  readonly previous: Status | undefined;
  /** RFC 3339. */
  readonly now: string;
}

/**
 * The conditions of a status, in the order of their types, as Knative's are; Ready sums them up: False with the first that is False, else Unknown with the first that is Unknown.
 * A condition whose status is as before keeps its time. [C58 to C61]
 */
export function conditions(judgements: Readonly<Record<string, Judgement>>, before: Before): readonly Condition[] {
  const all = Object.values(judgements);
  const worst = all.find(({ status }) => status === 'False') ?? all.find(({ status }) => status === 'Unknown');
  return Object.entries({ ...judgements, [READY]: worst ?? TRUE })
    .map(([type, judgement]) => conditionFrom(type, judgement, before))
    .sort((a, b) => (a.type < b.type ? -1 : 1));
}

function conditionFrom(type: string, judgement: Judgement, { previous, now }: Before): Condition {
  const { status, reason, message } = judgement;
  const before = conditionOf(previous, type);
  const since = before?.status === status ? before.lastTransitionTime : undefined;
  return {
    type,
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    lastTransitionTime: since ?? now,
  };
}

/** The Ready condition of a status as a judgement, for who depends on it. */
export function readiness(status: Status | undefined): Judgement {
  const ready = conditionOf(status, READY);
  if (!ready) return { status: 'Unknown', reason: 'Pending', message: 'its status is not known yet' };
  if (ready.status === 'True') return TRUE;
  return { status: ready.status, reason: ready.reason ?? 'NotReady', message: ready.message ?? 'it is not Ready' };
}
