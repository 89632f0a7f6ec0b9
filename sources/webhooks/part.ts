import { RefusedError } from '../../events/errors.ts';
import { type Unreadable, deadLetter, sourcePath } from '../dead-letter.ts';
import type { WebhookRequest } from '../source.ts';
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

/** Nobody sends so many; a megabyte can hold half a million of nothing, each of which would become an event. */
const PARTS_MAX = 5000;

/**
 * What `read` makes of each part of a request, or its dead letter if it can be no event: the others must not go with it. More than 5000 are one dead letter of the whole. `read` is given the bytes of a part and
 * its place.
 */
export function eachPart(
  parts: readonly Uint8Array[],
  { request, config }: { readonly request: WebhookRequest; readonly config: WebhookConfig },
  read: (data: Uint8Array, i: number) => Happening,
): readonly Happening[] {
  const letter = (data: Uint8Array, reason: string): Happening =>
    unreadablePart({ id: hashId(data), reason, data, contentType: 'application/json' }, config);
  if (parts.length > PARTS_MAX)
    return [letter(request.body, `the body holds ${parts.length} parts, more than the ${PARTS_MAX} of one request`)];
  return parts.map((data, i) => {
    try {
      return read(data, i);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      return letter(data, `${error.code}: ${error.message}`);
    }
  });
}
