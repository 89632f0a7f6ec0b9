import { join } from 'node:path';
import { z } from 'zod';
import type { Positions } from '../events/positions.ts';
import { JsonFile } from './json-file.ts';

const schema = z.record(z.string(), z.string());

/** Positions of sources in `<data>/positions.json`. Rejects `data-folder-damaged`. */
export async function filePositions(dataFolder: string): Promise<Positions> {
  const file = await JsonFile.open(join(dataFolder, 'positions.json'), schema, {});
  return {
    get: async (key) => (Object.hasOwn(file.value, key) ? file.value[key] : undefined),
    save: (key, position) => file.save({ ...file.value, [key]: position }),
    drop: async (unwanted) => {
      const all = Object.entries(file.value);
      const kept = all.filter(([key, position]) => !unwanted(key, position));
      if (kept.length < all.length) await file.save(Object.fromEntries(kept));
    },
  };
}
