import { RefusedError } from '../../events/errors.ts';
import { type Unreadable, deadLetter, sourcePath } from '../dead-letter.ts';
import { hashId } from './body-hash.ts';
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

/** What `read` makes of one part of a request, whose bytes are `data`, or its dead letter if it can be no event: the other parts must not go with it. */
export function eachPart(data: Uint8Array, config: WebhookConfig, read: () => Happening): Happening {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const reason = `${error.code}: ${error.message}`;
    return unreadablePart({ id: hashId(data), reason, data, contentType: 'application/json' }, config);
  }
}
