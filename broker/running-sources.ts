import { isDeepStrictEqual } from 'node:util';
import { RefusedError } from '../events/errors.ts';
import type { CloudEvent } from '../events/event.ts';
import type { Fact, Facts, SourcePlan } from '../resources/plan.ts';
import type { SourcePorts } from '../sources/kind.ts';
import { SOURCE_KINDS } from '../sources/kinds.ts';
import { forgetSource, openSource, sourceKey, type OpenSource } from '../sources/open.ts';

/** What running sources need of the process. */
export interface SourcesParts {
  readonly ports: Omit<SourcePorts, 'emit'>;
  /** Where a source's events go. Rejects as `SourceContext.emit`. */
  readonly emitTo: (sink: SourcePlan['sink']) => (event: CloudEvent) => Promise<void>;
}

interface Running {
  readonly plan: SourcePlan;
  readonly source: OpenSource | undefined;
  readonly refused: Fact | undefined;
}

type SourceName = { readonly namespace: string; readonly kind: string; readonly name: string };

/** The sources of a process by `<namespace>/<kind>/<name>`: started, exchanged and stopped as the plan says. */
export class RunningSources {
  readonly #parts: SourcesParts;
  readonly #running = new Map<string, Running>();

  constructor(parts: SourcesParts) {
    this.#parts = parts;
  }

  /** Makes these the sources that run; those that did not change are not touched. Never rejects because of one of them. */
  async apply(plans: readonly SourcePlan[]): Promise<void> {
    const wanted = new Map(plans.map((plan) => [sourceKey(plan), plan]));
    await Promise.all([...this.#running].map(([key, running]) => this.#leave(key, running, wanted.get(key))));
    for (const [key, plan] of wanted) {
      if (!this.#running.has(key)) this.#running.set(key, this.#start(plan));
    }
  }

  /** The conditions and status fields of a source; undefined while it does not run. */
  facts(name: SourceName): ReturnType<Facts['source']> {
    const running = this.#running.get(sourceKey(name));
    if (running?.refused) return { conditions: { [conditionOf(name.kind)]: running.refused } };
    const status = running?.source?.status();
    return status && { conditions: status.conditions, status: status.fields };
  }

  webhook(name: SourceName): OpenSource['webhook'] {
    return this.#running.get(sourceKey(name))?.source?.webhook;
  }

  /** Stops all; what they registered and their positions stay. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map(async ({ source }) => source?.[Symbol.asyncDispose]()));
    this.#running.clear();
  }

  async #leave(key: string, running: Running, next: SourcePlan | undefined): Promise<void> {
    if (next && isDeepStrictEqual(parts(running.plan), parts(next))) return;
    this.#running.delete(key);
    await running.source?.[Symbol.asyncDispose]();
    if (!next) await forgetSource(running.plan, this.#ports(running.plan));
  }

  #start(plan: SourcePlan): Running {
    if (plan.waiting !== undefined) return { plan, source: undefined, refused: undefined };
    try {
      return { plan, source: openSource(plan, this.#ports(plan)), refused: undefined };
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.#parts.ports.log.warn('source.refused', { source: sourceKey(plan), code: error.code, error: error.message });
      return { plan, source: undefined, refused: { ok: false, reason: 'SourceRefused', message: error.message } };
    }
  }

  #ports(plan: SourcePlan): SourcePorts {
    return { ...this.#parts.ports, emit: this.#parts.emitTo(plan.sink) };
  }
}

/** What a source must be started anew for. */
function parts(plan: SourcePlan): unknown {
  return [plan.uid, plan.spec, plan.secrets, plan.sink, plan.ceOverrides, plan.waiting];
}

/** The condition of a kind that says whether it runs. */
function conditionOf(kind: string): string {
  return SOURCE_KINDS.find((one) => one.kind.toLowerCase() === kind.toLowerCase())?.condition ?? 'Deployed';
}
