import type { MakeSubject, SourceSubject } from './source-subject.ts';
import { SourceTrial } from './source-trial.ts';

/** One case of the suite: plain, so that it runs as a test, and against a source that must fail it. */
export interface SourceCase {
  readonly name: string;
  /** Its heading in the table of sources and cases. */
  readonly column: string;
  /** Why it cannot be run with this subject. */
  readonly without?: (subject: SourceSubject) => string | undefined;
  /** Rejects if the source breaks the contract. */
  run(trial: SourceTrial): Promise<void>;
}

/** Runs one case with a subject of its own. Answers why it was left out, or undefined if it passed; rejects if it failed, or if a secret was printed. */
export async function runSourceCase(
  one: SourceCase,
  make: MakeSubject,
  scanned: (texts: number) => void = () => undefined,
): Promise<string | undefined> {
  const trial = new SourceTrial(await make(), make);
  try {
    const why = trial.subject.skips?.[one.name] ?? one.without?.(trial.subject);
    if (why !== undefined) return why;
    await one.run(trial);
    scanned(trial.checkSecrets());
  } finally {
    await trial.end();
  }
  return undefined;
}

/** For cases about positions that Weir keeps. */
export function unlessKept({ position }: SourceSubject): string | undefined {
  return position === 'kept' ? undefined : 'its server keeps its position';
}

/** For cases that need a server that can be killed. */
export function unlessServer({ server }: SourceSubject): string | undefined {
  return server ? undefined : 'it has no server';
}
