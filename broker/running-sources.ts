import { isDeepStrictEqual } from 'node:util';
import { RefusedError } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';
import type { Fact, Facts, RemovedSourcePlan, SourcePlan } from '../resources/plan.ts';
import type { forgetSource, leftByChange } from '../sources/forget.ts';
import { dropForgotten, isForgotten } from '../sources/forgotten.ts';
import type { SourcePorts } from '../sources/kind.ts';
import type { conditionOf, OpenSource, openSource } from '../sources/open.ts';
import { sourceKey } from '../sources/source-key.ts';
import type { SourceCounts } from '../sources/status.ts';
import { Forgetting } from './forgetting.ts';

/** What running sources need of the process. */
export interface SourcesParts {
  readonly ports: Omit<SourcePorts, 'emit'>;
  /** Where a source's events go. Rejects as `SourceContext.emit`. */
  readonly emitTo: (sink: SourcePlan['sink']) => (events: readonly CloudEvent[]) => Promise<void>;
}

interface Running {
  readonly plan: SourcePlan;
  readonly source: OpenSource | undefined;
  /** Why it does not run, and the condition that says so. */
  readonly refused: { readonly condition: string; readonly fact: Fact } | undefined;
}

/** Stands for all that are gone for good where one source is named. */
const EVERY = '*';

/** How a source stands: what it did since it was opened; without counts it does not run, and its resource says why. */
export type SourceState = SourceName & Partial<SourceCounts>;

type SourceName = { readonly namespace: string; readonly kind: string; readonly name: string };

interface Code {
  readonly openSource: typeof openSource;
  readonly conditionOf: typeof conditionOf;
  readonly forgetSource: typeof forgetSource;
  readonly leftByChange: typeof leftByChange;
}

/** The code of every kind: loaded with the first source, as it takes longer to load than most other things and many processes have none. */
async function load(): Promise<Code> {
  const [open, forget] = await Promise.all([import('../sources/open.ts'), import('../sources/forget.ts')]);
  return { ...open, ...forget };
}

/** The sources of a process by `<namespace>/<kind>/<name>`: started, exchanged, stopped and forgotten as the plan says. */
export class RunningSources {
  readonly #parts: SourcesParts;
  readonly #running = new Map<string, Running>();
  readonly #forgetting: Forgetting;
  /** Those that are gone, and were forgotten as well as could be while they stood in the plan like this. */
  readonly #gone = new Map<string, RemovedSourcePlan>();
  #code: Code | undefined;
  #stopped = false;

  constructor(parts: SourcesParts) {
    this.#parts = parts;
    this.#forgetting = new Forgetting(parts.ports);
  }

  /**
   * Makes these the sources that run; those that did not change are not touched. What the removed ones registered is removed beside everything else, as nobody may wait for its sender; a
   * source of the same key starts after that. Never rejects because of one of them. Does nothing once stopped.
   */
  async apply(plans: readonly SourcePlan[], removed: readonly RemovedSourcePlan[]): Promise<void> {
    const wanted = new Map(plans.map((plan) => [sourceKey(plan), plan]));
    const gone = new Map(removed.map((one) => [sourceKey(one), one]));
    for (const key of this.#gone.keys()) if (!gone.has(key)) this.#gone.delete(key);
    // What ran until now is forgotten with the secrets it ran with: they may have gone with it.
    for (const [key, one] of gone) if (this.#running.has(key)) this.#gone.set(key, one);
    if (wanted.size > 0 || gone.size > 0) this.#code ??= await load();
    const code = this.#code;
    if (code) await this.#exchange(code, wanted, gone);
    if (this.#stopped) return;
    this.#forgetting.add(EVERY, () => this.#dropForgotten());
  }

  async #exchange(
    code: Code,
    wanted: ReadonlyMap<string, SourcePlan>,
    gone: ReadonlyMap<string, RemovedSourcePlan>,
  ): Promise<void> {
    await Promise.all([...this.#running].map(([key, running]) => this.#leave(code, running, wanted.get(key))));
    if (this.#stopped) return;
    for (const one of gone.values()) this.#forgetOnce(code, one);
    for (const [key, plan] of wanted) {
      if (!this.#running.has(key)) this.#running.set(key, this.#begin(code, plan));
    }
  }

  /** The conditions and status fields of a source; undefined while it does not run. */
  facts(name: SourceName): ReturnType<Facts['source']> {
    const running = this.#running.get(sourceKey(name));
    if (running?.refused) return { conditions: { [running.refused.condition]: running.refused.fact } };
    const status = running?.source?.status();
    return status && { conditions: status.conditions, status: status.fields };
  }

  /** Every source of the plan, by namespace, kind and name. */
  states(): readonly SourceState[] {
    return [...this.#running.values()]
      .map(({ plan: { namespace, kind, name }, source }) => {
        if (!source) return { namespace, kind, name };
        const { conditions: _conditions, fields: _fields, ...counts } = source.status();
        return { namespace, kind, name, ...counts };
      })
      .toSorted((a, b) => (sourceKey(a) < sourceKey(b) ? -1 : 1));
  }

  webhook(name: SourceName): OpenSource['webhook'] {
    return this.#running.get(sourceKey(name))?.source?.webhook;
  }

  /** Stops all; what they registered and their positions stay. Of those that are being forgotten, what takes longer than a few seconds is left to the next process. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const sources = [...this.#running.values()];
    this.#running.clear();
    await Promise.all([
      ...sources.map(async ({ source }) => source?.[Symbol.asyncDispose]()),
      this.#forgetting.close(),
    ]);
  }

  async #leave(code: Code, running: Running, next: SourcePlan | undefined): Promise<void> {
    const key = sourceKey(running.plan);
    if (next && isDeepStrictEqual(parts(running.plan), parts(next))) return;
    this.#running.delete(key);
    await running.source?.[Symbol.asyncDispose]();
    if (next) this.#sayWhatIsLeft(running.plan, next, code);
    // One that never started because its predecessor is being forgotten has nothing of its own.
    if (next || this.#stopped || (!running.source && this.#forgetting.has(key))) return;
    this.#forgetting.add(key, (signal) => code.forgetSource(running.plan, this.#parts.ports, { signal }));
  }

  #sayWhatIsLeft(before: SourcePlan, after: SourcePlan, code: Code): void {
    const remains = code.leftByChange(before, after, this.#parts.ports);
    if (remains === undefined) return;
    const what = 'the changed resource has another; it is there if the change is taken back, else remove it by hand';
    this.#parts.ports.log.warn('source.remains-left', { source: sourceKey(before), remains, what });
  }

  /** Forgets what the plan says is gone, again only if that changed: its Secret may be back. */
  #forgetOnce(code: Code, one: RemovedSourcePlan): void {
    const key = sourceKey(one);
    if (isDeepStrictEqual(this.#gone.get(key), one)) return;
    this.#gone.set(key, one);
    this.#forgetting.add(key, async (signal) => {
      if (!(await isForgotten(one, this.#parts.ports))) await code.forgetSource(one, this.#parts.ports, { signal });
    });
  }

  /** Of those that were forgotten a day ago nothing is left, also if they went while another process ran. */
  #dropForgotten(): Promise<void> {
    return dropForgotten(this.#parts.ports, (key) => this.#running.has(key) || this.#gone.has(key));
  }

  #begin(code: Code, plan: SourcePlan): Running {
    const key = sourceKey(plan);
    if (!this.#forgetting.has(key)) return this.#start(code, plan);
    const begun: Running = { plan, source: undefined, refused: undefined };
    this.#forgetting.add(key, () => {
      if (this.#running.get(key) !== begun) return;
      this.#running.set(key, this.#start(code, plan));
      this.#parts.ports.changed();
    });
    return begun;
  }

  #start(code: Code, plan: SourcePlan): Running {
    if (plan.waiting !== undefined) return { plan, source: undefined, refused: undefined };
    try {
      return { plan, source: code.openSource(plan, this.#ports(plan)), refused: undefined };
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.#parts.ports.log.warn('source.refused', { source: sourceKey(plan), code: error.code, error: error.message });
      const refused = { ok: false, reason: 'SourceRefused', message: error.message } as const;
      return { plan, source: undefined, refused: { condition: code.conditionOf(plan.kind), fact: refused } };
    }
  }

  #ports(plan: SourcePlan): SourcePorts {
    return { ...this.#parts.ports, emit: this.#parts.emitTo(plan.sink) };
  }
}

/** What a source must be started anew for. */
function parts(plan: SourcePlan): unknown {
  return [plan.uid, plan.spec, plan.labels, plan.secrets, plan.sink, plan.ceOverrides, plan.waiting];
}
