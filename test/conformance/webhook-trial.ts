import assert from 'node:assert/strict';
import type { SourceInstance } from '../../sources/kind.ts';
import { type OpenSource, openSource } from '../../sources/open.ts';
import type { WebhookRequest } from '../../sources/source.ts';
import type { WebhookAnswer } from '../../sources/webhook.ts';
import { SourceWorld } from '../sources/source-world.ts';
import { CANARY } from './source-trial.ts';
import type { HookSubject, MakeHookSubject } from './webhook-subject.ts';

/** One case of the suite: plain, so that it runs as a test, and against a source that must fail it. */
export interface HookCase {
  readonly name: string;
  /** Its heading in the table of sources and cases. */
  readonly column: string;
  readonly without?: (subject: HookSubject) => string | undefined;
  /** Rejects if the source breaks the contract. */
  run(trial: HookTrial): Promise<void>;
}

/** Runs one case. Answers why it was left out, or undefined if it passed; rejects if it failed, or if a secret was printed. */
export async function runHookCase(
  one: HookCase,
  make: MakeHookSubject,
  scanned: (texts: number) => void = () => undefined,
): Promise<string | undefined> {
  const trial = new HookTrial(await make());
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

/** What a case works with: one world, one source opened in it, and what it answered. */
export class HookTrial {
  readonly subject: HookSubject;
  readonly world: SourceWorld = new SourceWorld();
  readonly #answers: WebhookAnswer[] = [];
  #source: OpenSource | undefined;

  constructor(subject: HookSubject) {
    this.subject = subject;
  }

  /** The source, opened when it is first asked for. */
  get source(): OpenSource {
    this.#source ??= this.open(this.subject.instance);
    return this.#source;
  }

  get accepted(): number {
    return this.subject.accepted ?? 202;
  }

  open(instance: SourceInstance): OpenSource {
    const secrets = new Map([...instance.secrets, ['canary/key', CANARY]]);
    return openSource({ ...instance, secrets }, this.world.ports, [this.subject.kind]);
  }

  async post(request: WebhookRequest): Promise<WebhookAnswer> {
    const { webhook } = this.source;
    assert(webhook, 'it has no address');
    const answer = await webhook(request);
    this.#answers.push(answer);
    return answer;
  }

  /** Posts the n-th happening. */
  async send(n: number): Promise<WebhookAnswer> {
    return this.post(await this.subject.request(n));
  }

  /** Fails if something that was printed or answered holds a secret. Answers how many texts were looked through. */
  checkSecrets(): number {
    const texts = [...this.world.lines, ...this.#answers, this.#source?.status()];
    const printed = JSON.stringify(texts);
    const secrets = ['hunter2', ...this.subject.instance.secrets.values()].filter((value) => value.length >= 5);
    for (const secret of secrets)
      assert(!printed.includes(JSON.stringify(secret).slice(1, -1)), `a secret is printed in ${printed.slice(0, 500)}`);
    return texts.length;
  }

  async end(): Promise<void> {
    const stopping = this.#source?.[Symbol.asyncDispose]();
    await this.world.clock.advance(1000);
    await stopping;
    await this.subject.end?.();
  }
}
