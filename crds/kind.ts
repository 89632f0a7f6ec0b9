import type { z } from 'zod';
import type { Metadata } from './metadata.ts';
import type { SecretNeed } from './secret-reference.ts';
import type { SourceSpec } from './source-spec.ts';

/** What is known of a kind, whose objects are `R`. */
export interface Kind<R = unknown> {
  readonly apiVersion: string;
  readonly kind: R extends { readonly kind: infer K } ? K : string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly schema: z.ZodType<R>;
  /** Fields that an update may not change, as steps. */
  readonly immutable: readonly (readonly string[])[];
  /** The conditions that Ready depends on, in the order they are shown; undefined: the kind has no status. */
  readonly conditions?: readonly string[];
  /** Its values are never quoted, not even where they are wrong. */
  readonly confidential: boolean;
  /** What it reads of Secrets that its objects name as a whole; every `secretKeyRef` of a spec is read anyway. A method, so that a kind may write it for its own objects. */
  secrets?(resource: R): readonly SecretNeed[];
  /** It is a source: its objects emit events to `spec.sink`. */
  readonly source?: SourceFacts<R>;
  /** It is a sink: its objects have an address that takes events, and put them somewhere that is none. */
  readonly sink?: true;
}

/** An object of some kind of source. */
export interface SourceLike {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec: SourceSpec;
}

/** What reconciling needs to know of a kind of source. Methods, so that a kind may write them for its own objects. */
export interface SourceFacts<R = SourceLike> {
  /** What it emits, as far as that is known beforehand. [Knative SourceStatus.ceAttributes] */
  emits(source: R): readonly { readonly type: string; readonly source: string }[];
  /** Whether its sender calls it: then it has an address. */
  called(source: R): boolean;
  /** The field that asks for the address to be registered at the sender, which needs a public one; undefined: none does. */
  registers?(source: R): string | undefined;
  /** The column of `weir get` that says what it is about, beside its sink: heading, and the steps to a field of the spec. */
  readonly column: readonly [heading: string, ...steps: readonly string[]];
}

/** What most kinds have in common: no short names, nothing immutable, nothing secret. */
export const OPEN: Pick<Kind, 'shortNames' | 'immutable' | 'confidential'> = {
  shortNames: [],
  immutable: [],
  confidential: false,
};
