import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../events/atomic-file.ts';
import { RefusedError, quoted } from '../events/errors.ts';

const schema = z.object({ pid: z.number(), listen: z.string(), admin: z.string() });

/** Where the process that serves a data folder is found: `<data>/weir.json`. */
export type RunningFile = z.infer<typeof schema>;

/** Says where this process listens. */
export function writeRunning(data: string, running: RunningFile): Promise<void> {
  return writeAtomically(fileIn(data), `${JSON.stringify(running)}\n`);
}

/** Takes it back; nothing there is fine. */
export function removeRunning(data: string): Promise<void> {
  return rm(fileIn(data), { force: true });
}

/** Who serves the folder that `flag` named. Rejects `not-running` if nobody does. */
export async function readRunning(data: string, flag = '--data'): Promise<RunningFile> {
  let running: RunningFile;
  try {
    running = schema.parse(JSON.parse(await readFile(fileIn(data), 'utf8')));
  } catch (error) {
    throw notRunning({ data, flag }, error);
  }
  if (!alive(running.pid)) throw notRunning({ data, flag }, undefined);
  return running;
}

function notRunning({ data, flag }: { readonly data: string; readonly flag: string }, cause: unknown): RefusedError {
  return new RefusedError(
    'not-running',
    `no weir serves ${quoted(data)}; start one with \`weir serve\`, or name its folder with ${flag}`,
    { cause },
  );
}

/** The file outlives a process that was killed. A process that we may not signal is alive. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function fileIn(data: string): string {
  return join(data, 'weir.json');
}
