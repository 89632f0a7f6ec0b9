import { readFile } from 'node:fs/promises';
import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node';
import { Agent, request } from 'undici';
import { systemClock } from '../../../events/clock.ts';
import { KubeApi } from '../../../sources/api-server/kube-api.ts';
import type { Server } from '../../servers/server.ts';

type Method = 'POST' | 'PATCH' | 'DELETE';

/** Somebody who changes objects of a real API server, and gives its kubeconfig to sources. */
export class KubeUser {
  readonly kubeconfig: string;
  readonly #send: (method: Method, path: string, body?: object) => Promise<object>;
  #count = 0;

  private constructor(kubeconfig: string, send: KubeUser['request']) {
    this.kubeconfig = kubeconfig;
    this.#send = send;
  }

  static async of(server: Pick<Server, 'env'>): Promise<KubeUser> {
    const kubeconfig = await readFile(server.env['KUBECONFIG'] ?? '', 'utf8');
    const config = new KubeConfig();
    config.loadFromString(kubeconfig);
    const url = config.getCurrentCluster()?.server ?? '';
    const context = new RequestContext(url, HttpMethod.GET);
    await config.applySecurityAuthentication(context);
    const dispatcher = context.getDispatcher() ?? new Agent();
    return new KubeUser(kubeconfig, async (method, path, body) => {
      const answer = await request(`${url}${path}`, {
        method,
        dispatcher,
        headers: {
          ...context.getHeaders(),
          'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await answer.body.text();
      if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
      return Object(JSON.parse(text));
    });
  }

  /** POST, PATCH (merge) or DELETE; rejects with what the API says. */
  request(method: Method, path: string, body?: object): Promise<object> {
    return this.#send(method, path, body);
  }

  /** A new namespace. */
  async namespace(labels: Readonly<Record<string, string>> = {}): Promise<string> {
    const name = `ns-${process.pid}-${(this.#count += 1)}`;
    await this.request('POST', '/api/v1/namespaces', { metadata: { name, labels } });
    return name;
  }

  /** A new ConfigMap. */
  create(namespace: string, name: string, more: object = {}): Promise<object> {
    return this.request('POST', `/api/v1/namespaces/${namespace}/configmaps`, {
      metadata: { name, ...more },
      data: {},
    });
  }

  change(namespace: string, name: string, data: object): Promise<object> {
    return this.request('PATCH', `/api/v1/namespaces/${namespace}/configmaps/${name}`, { data });
  }

  remove(namespace: string, name: string): Promise<object> {
    return this.request('DELETE', `/api/v1/namespaces/${namespace}/configmaps/${name}`);
  }

  /** The API as a source speaks to it. */
  api(): Promise<KubeApi> {
    return KubeApi.open({ kubeconfig: this.kubeconfig, impersonate: undefined, clock: systemClock });
  }
}
