import { type OpenSource, openSource } from '../../../sources/open.ts';
import { type SourceWorld, instance } from '../source-world.ts';

/** Where its position is kept. */
export const PING_KEY = 'default/pingsource/it';

interface Spec {
  readonly schedule?: string;
  readonly timezone?: string;
  readonly data?: string;
  readonly dataBase64?: string;
  readonly contentType?: string;
}

/** Opens a PingSource that ticks every minute; `spec` over it. */
export function ping(world: SourceWorld, spec: Spec = {}, ceOverrides?: Readonly<Record<string, string>>): OpenSource {
  return openSource(
    instance(
      'PingSource',
      { sink: { uri: 'http://sink.example' }, schedule: '* * * * *', ...spec },
      ceOverrides ? { ceOverrides } : {},
    ),
    world.ports,
  );
}

/** Stops it and waits for that. */
export async function stop(source: OpenSource): Promise<void> {
  await source[Symbol.asyncDispose]();
}
