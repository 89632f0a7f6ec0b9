import type { Channel, BrokerRef } from '../channels/channel.ts';
import type { Counter } from '../events/metrics.ts';
import { RefusedError, quoted } from '../events/errors.ts';

/** A broker as ingress sees it. */
export interface Route {
  readonly broker: BrokerRef;
  /** Absent while the broker is not ready; `waiting` says why. */
  channel: Channel | undefined;
  waiting: string;
  readonly received: Counter;
}

/** The brokers that are declared, by path. Looking one up for the same path again is one Map lookup. */
export class Routes {
  readonly #byPath = new Map<string, Route>();

  /** Adds or replaces the route of a broker. */
  set(route: Route): void {
    this.#byPath.set(pathOf(route.broker), route);
  }

  get size(): number {
    return this.#byPath.size;
  }

  get(broker: BrokerRef): Route | undefined {
    return this.#byPath.get(pathOf(broker));
  }

  delete(broker: BrokerRef): void {
    this.#byPath.delete(pathOf(broker));
  }

  values(): Iterable<Route> {
    return this.#byPath.values();
  }

  /** The route of a request target; the query is not part of a name. Throws `not-found` for `/`, `path-invalid` for another number of segments, `broker-unknown`. */
  find(target: string): Route {
    return this.#byPath.get(target) ?? this.#search(target);
  }

  #search(target: string): Route {
    const path = pathIn(target);
    if (path === '/' || path === '') {
      throw new RefusedError('not-found', '/: there is nothing here; events go to /<namespace>/<broker>');
    }
    const trimmed = path.endsWith('/') ? path.slice(0, -1) : path;
    const [lead, namespace, name, ...more] = trimmed.split('/');
    if (lead !== '' || !namespace || !name || more.length > 0) {
      throw new RefusedError(
        'path-invalid',
        `${quoted(path)}: is not a broker's path; events go to /<namespace>/<broker>`,
      );
    }
    const route = this.#byPath.get(trimmed);
    if (route) return route;
    throw new RefusedError(
      'broker-unknown',
      `${quoted(`${namespace}/${name}`)}: there is no such broker; \`weir get brokers\` lists those there are`,
    );
  }
}

/** `/<namespace>/<broker>`. */
export function pathOf(broker: BrokerRef): string {
  return `/${broker.namespace}/${broker.name}`;
}

/** The path of a request target, also of one in absolute form. [HTTP/1.1 3.2.2] */
export function pathIn(target: string): string {
  const start = target.startsWith('/') ? 0 : Math.max(target.indexOf('/', target.indexOf('://') + 3), 0);
  const end = target.search(/[?#]/);
  return target.slice(start, end === -1 ? undefined : Math.max(end, start));
}
