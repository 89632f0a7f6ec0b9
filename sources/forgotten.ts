import type { SourceInstance, SourcePorts } from './kind.ts';
import { sourceKey } from './source-key.ts';

/** Deletes what says that sources were forgotten, but for those that somebody may still ask to forget. Rejects if that cannot be saved. */
export function dropForgotten(
  { positions }: Pick<SourcePorts, 'positions'>,
  mayBeAsked: (key: string) => boolean,
): Promise<void> {
  return positions.drop((key, position) => position === '' && !mayBeAsked(key));
}

/** Whether there is nothing to forget of it: it was forgotten, and did nothing since. */
export async function isForgotten(
  source: SourceInstance,
  { positions }: Pick<SourcePorts, 'positions'>,
): Promise<boolean> {
  return (await positions.get(sourceKey(source))) === '';
}
