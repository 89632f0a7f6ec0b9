import type { SourceInstance, SourceKind } from '../../sources/kind.ts';
import type { WebhookRequest } from '../../sources/source.ts';

/** A source that is called, as the suite drives it. */
export interface HookSubject {
  readonly kind: SourceKind;
  readonly instance: SourceInstance;
  /** What its sender sends for the n-th happening: one event each; for the same n the same happening, delivered again. Valid at the instant 2026-01-01T00:00:00Z. */
  request(n: number): WebhookRequest | Promise<WebhookRequest>;
  /** What somebody sends who does not know the secret; undefined: this instance takes requests from anybody, and its skips say why. */
  forged?(): WebhookRequest | Promise<WebhookRequest>;
  /** The status that its sender expects for what was accepted; default 202. */
  readonly accepted?: number;
  /** A spec that the kind's schema refuses, and the path its message begins with. */
  readonly wrong: { readonly spec: unknown; readonly path: string };
  /** By the name of a case: why it cannot apply to this source. Shown wherever the case is. */
  readonly skips?: Readonly<Record<string, string>>;
  /** Closes what the requests needed. */
  end?(): Promise<void>;
}

/** Makes a subject for one case. */
export type MakeHookSubject = () => HookSubject | Promise<HookSubject>;
