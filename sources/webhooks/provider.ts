import type { WebhookSourceSpec } from '../../crds/webhook-source.ts';
import type { CloudEvent } from '../../events/event.ts';
import type { Refusal, Reply, WebhookRequest } from '../source.ts';

/** One WebhookSource as its provider sees it: values alone. */
export interface WebhookConfig {
  readonly namespace: string;
  readonly name: string;
  readonly spec: WebhookSourceSpec;
  /** The values of `spec.secrets`: any of them may verify. None is empty; there is none only where `spec.authentication` is `none`. */
  readonly secrets: readonly string[];
  /** The value of `spec.generic.challenge.hub.verifyToken`. */
  readonly verifyToken?: string | undefined;
  /** How far the sender's clock may be from ours, both ways, ms. */
  readonly toleranceMs: number;
  /** Where the outside world reaches this process, without a slash at its end; undefined if the process does not know. */
  readonly publicUrl: string | undefined;
}

/** One thing that a request tells of. */
export interface Happening {
  /** The provider's own word for it, which `spec.eventTypes` names: `invoice.paid`, `push`. */
  readonly name: string;
  readonly event: CloudEvent;
}

/** A request that was understood: one append of all that is wanted of it, and then `answer`, or 202 with a count. */
export interface Understood {
  readonly happenings: readonly Happening[];
  /** Only where the provider wants another answer than 202: an empty 200, a challenge to echo. */
  readonly answer?: Reply['answer'];
}

/** The row of a provider in docs/reference/webhooks.md: plain text with backticks, no line breaks and no `|`. */
export interface ProviderAbout {
  readonly signature: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly id: string;
  readonly time: string;
  /** What else one should know: what differs from GitHubSource's, which answer it gets. May be empty. */
  readonly notes: string;
}

/**
 * A sender of webhooks: how its requests are proven genuine and what they tell. All of it is pure. A new one is a file that exports this, a line in `providers.ts`, and a line in crds/webhook-providers.ts.
 */
export interface WebhookProvider {
  /** As in `spec.provider`. */
  readonly name: WebhookSourceSpec['provider'];
  readonly about: ProviderAbout;
  /** As in `SourceKind`. */
  readonly sendsForEver?: boolean;
  /** Throws `RefusedError` if the source cannot work as it is: a secret that is none of this provider's. Called once, when the source is opened; without it nothing is checked then. */
  check?(config: WebhookConfig): void;
  /** Refuses with 401 what is not proven to come from the sender; of the body nothing but its bytes is looked at. Undefined = genuine. Called for every POST, before `read`. */
  verify(request: WebhookRequest, config: WebhookConfig): Refusal | undefined;
  /**
   * What a genuine POST tells. Ids are the sender's own, so that what is sent again is the same event. Refuses with 400 what it cannot understand; may throw the `RefusedError` of an event that cannot be,
   * which is answered 400 too.
   */
  read(request: WebhookRequest, config: WebhookConfig): Understood | Refusal;
  /** Answers a GET: some senders ask so whether the address is theirs to call. A provider without it answers GET with 405. */
  challenge?(request: WebhookRequest, config: WebhookConfig): Understood | Refusal;
}
