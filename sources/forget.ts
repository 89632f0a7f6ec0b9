import { RefusedError } from '../events/errors.ts';
import type { Registration, SourceInstance, SourceKind, SourcePorts } from './kind.ts';
import { SOURCE_KINDS } from './kinds.ts';
import { kindOf, registrationPorts } from './open.ts';
import { sourceKey } from './source-key.ts';
import { type Left, publicAddress, unregister } from './registration.ts';

/** How a source is forgotten. */
export interface ForgetOptions {
  readonly kinds?: readonly SourceKind[];
  /** Ends it: what is not removed by then stays known, for the next process. */
  readonly signal?: AbortSignal;
}

/**
 * The resource is gone for good: removes what it registered or left at its server, and forgets how far it had come, also if another process opened it. Dispose it first. What cannot be removed within half a minute is left and
 * logged, and stays known: asking again tries again. Rejects `resource-unsupported` (no such kind), and if its position cannot be saved.
 */
export async function forgetSource(
  instance: SourceInstance,
  ports: Omit<SourcePorts, 'emit'>,
  { kinds = SOURCE_KINDS, signal = new AbortController().signal }: ForgetOptions = {},
): Promise<void> {
  if (signal.aborted) return;
  const key = sourceKey(instance);
  const kind = kindOf(instance, kinds);
  const saved = await ports.positions.get(key);
  let registration: Pick<Registration, 'remove'> | undefined;
  let left: Left = {
    hook: saved === undefined ? undefined : kind.registeredAt?.(saved),
    url: publicAddress({ publicUrl: ports.publicUrl, instance }),
  };
  try {
    registration = kind.registration?.(instance, ports);
    const remains = kind.remains?.(instance, ports);
    if (remains) {
      registration = { remove: (_url, _saved, over) => remains.remove(over) };
      left = { remains: remains.what };
    }
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    if (!saved) return;
    const [thing, name] = kind.remains ? ['remains', 'what it left'] : ['webhook', 'the webhook'];
    const what = `declare that Secret again within a day and ${name} is removed; or remove it by hand`;
    return ports.log.warn(`source.${thing}-left`, { source: key, error: error.message, ...left, what });
  }
  const gone = !registration || (await unregister(registration, registrationPorts(instance, ports), { signal, left }));
  if (gone && (registration ? saved !== '' : saved)) await ports.positions.save(key, '');
}

/** What a source leaves at its server when its resource is changed, as the changed one has another: it is not removed, since who takes the change back goes on with it. Undefined: nothing. */
export function leftByChange(
  before: SourceInstance,
  after: SourceInstance,
  ports: Omit<SourcePorts, 'emit'>,
): string | undefined {
  try {
    const was = kindOf(before, SOURCE_KINDS).remains?.(before, ports)?.what;
    return was === kindOf(after, SOURCE_KINDS).remains?.(after, ports)?.what ? undefined : was;
  } catch (error) {
    // Without a Secret it cannot be known.
    if (error instanceof RefusedError) return undefined;
    throw error;
  }
}
