import { type Unreadable, deadLetter, sourcePath } from '../dead-letter.ts';
import type { Happening, WebhookConfig } from './provider.ts';

/** `/apis/v1/namespaces/<namespace>/webhooksources/<name>`: the source of what says nowhere where it comes from. */
export function ownSource({ namespace, name }: WebhookConfig): string {
  return sourcePath({ namespace, kind: 'WebhookSource', name });
}

/**
 * The dead letter of one part of a request, where the other parts are events, or where the sender would send what is refused again for ever. It is wanted whatever `spec.eventTypes` names, so it goes by one of
 * those names.
 */
export function unreadablePart(unreadable: Unreadable, config: WebhookConfig): Happening {
  const { namespace, name, spec } = config;
  return {
    name: spec.eventTypes?.[0] ?? 'unreadable',
    event: deadLetter(unreadable, { namespace, kind: 'WebhookSource', name }),
  };
}
