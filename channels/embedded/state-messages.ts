import type { StatementName } from './state-sql.ts';

/** What a statement takes. */
export type Value = string | number | null | Uint8Array;

/** One statement with its values. */
export type Call = readonly [StatementName, ...Value[]];

/** The rows a statement answered, each its columns in order; none for one that only writes. */
export type Answer = readonly (readonly unknown[])[];

/** Calls that are carried out one after the other, all or none. */
export type Request = readonly Call[];

/** Why a request was not carried out, as SQLite says it. */
export interface StateFailure {
  readonly errcode: number;
  readonly message: string;
}

/** To the worker: requests that go into one transaction. */
export interface ToWorker {
  readonly requests: readonly Request[];
}

/** From the worker: ready, or why it is not; then, per message, one result per request, in order. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unready'; readonly failure: StateFailure }
  | { readonly kind: 'done'; readonly results: readonly (readonly Answer[] | StateFailure)[] };
