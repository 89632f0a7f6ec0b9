import { withAttributes } from '../events/attributes.ts';
import type { CloudEvent } from '../events/event.ts';

/** The event with `spec.ceOverrides.extensions` set on it: each adds an extension or replaces one. [Knative CloudEventOverrides] */
export function overridden(event: CloudEvent, overrides: Readonly<Record<string, string>> | undefined): CloudEvent {
  return overrides && Object.keys(overrides).length > 0 ? withAttributes(event, overrides) : event;
}
