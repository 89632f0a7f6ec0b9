import { createHash } from 'node:crypto';

/** An id for what its sender gives none: SHA-256 over `parts`, in hexadecimal digits. What is sent again byte for byte has the same. */
export function hashId(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  // A byte that no header and no JSON text holds, so that parts cannot run into one another.
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}
