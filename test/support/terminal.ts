import { PassThrough, Readable } from 'node:stream';
import { run } from '../../cli/run.ts';

/** What a command came to that ran in this process. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process: quicker than a child, and the same but for the launcher. */
export async function ran(words: readonly string[], stdin = ''): Promise<Ran> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const code = await run(words, { out, err, in: Readable.from([Buffer.from(stdin)]), env: {} });
  return { code, out: String(out.read() ?? ''), err: String(err.read() ?? '') };
}
