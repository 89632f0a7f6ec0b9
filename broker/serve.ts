import { mkdir } from 'node:fs/promises';
import type { Server } from 'node:http';
import { openFiles } from '../resources/files/open.ts';
import { parseMap } from '../resources/world.ts';
import { callApi } from '../sources/api-call.ts';
import { openHttp } from '../triggers/http/client.ts';
import { adminHandler } from './admin.ts';
import { adminGuard, requireToken } from './admin-guard.ts';
import { CHANNEL_KINDS, ChannelDrivers } from './channel-drivers.ts';
import { Control } from './control.ts';
import { dispatcher } from './dispatch.ts';
import { ALLOW, Ingress } from './ingress.ts';
import { httpServer, listen, parseAddress } from './listener.ts';
import { gauges } from './gauges.ts';
import { ProcessMetrics } from './metrics.ts';
import { httpLimits } from './part-limits.ts';
import { filePositions } from './positions.ts';
import { Reconfigure } from './reconfigure.ts';
import { Released } from './released.ts';
import { Routes } from './routes.ts';
import { RunningSinks } from './running-sinks.ts';
import { RunningSources } from './running-sources.ts';
import type { Running, ServeOptions } from './serve-options.ts';
import { shutDown } from './shutdown.ts';
import { withSinks } from './sink-http.ts';
import { sourceSink } from './source-sink.ts';
import { webhooks, WEBHOOKS_PATH } from './webhooks.ts';

/**
 * Starts a process: resolves when it listens and the resources are carried out as far as they can be. The composition root; nothing else knows all parts.
 * Rejects `port-in-use`, `usage`, `folder-unreadable`, `data-folder-in-use`, `data-folder-newer`, `data-folder-damaged`; then nothing runs.
 */
export async function serve(options: ServeOptions): Promise<Running> {
  const address = parseAddress(options.listen, '--listen');
  const adminAddress = parseAddress(options.admin, '--admin');
  requireToken(adminAddress.host, options.adminToken);
  const map = parseMap(options.map);
  await using opening = new AsyncDisposableStack();
  const core = await openCore(options, opening);
  const { ingress, admin } = servers(options, core, adminAddress.host);
  opening.defer(() => cut(ingress));
  const listenUrl = await listen(ingress, address, '--listen');
  opening.defer(() => cut(admin));
  const adminUrl = await listen(admin, adminAddress, '--admin');
  const control = controlOf(options, core, { listenUrl, map });
  core.changed.tell = () => void control.pass().then(undefined, options.fatal);
  const following = new AbortController();
  await control.pass();
  const followed = control.follow(following.signal).catch((error: unknown) => {
    if (!following.signal.aborted) options.fatal(error);
  });
  const rest = opening.move();
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    core.draining.now = true;
    stopping ??= shutDown({
      clock: options.clock,
      log: options.log,
      drainMs: options.limits.drainMs,
      ingress,
      admin,
      stopSources: () => core.sources.stop(),
      closeBrokers: async () => {
        following.abort();
        await followed;
        await core.reconfigure.close();
      },
      giveUpAttempts: async () => core.http[Symbol.asyncDispose](),
      disposeRest: async () => rest.disposeAsync(),
    });
    return stopping;
  };
  return { listen: listenUrl, admin: adminUrl, stop, [Symbol.asyncDispose]: stop };
}

function controlOf(
  options: ServeOptions,
  core: Core,
  x: { readonly listenUrl: string; readonly map: ReadonlyMap<string, string> },
): Control {
  return new Control({
    store: core.store,
    facts: core.reconfigure,
    log: options.log,
    apply: (plan) => core.reconfigure.apply(plan),
    world: () => ({
      ingressUrl: options.publicUrl ?? x.listenUrl,
      ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
      map: x.map,
      channelKinds: CHANNEL_KINDS,
      defaultChannel: options.channel,
      brokerClasses: 'every',
      env: options.env,
      now: new Date(options.clock.now()).toISOString(),
    }),
  });
}

type Core = Awaited<ReturnType<typeof openCore>>;

/** Everything but the listeners. What it opens is disposed by `stack`, last first. */
async function openCore(options: ServeOptions, stack: AsyncDisposableStack) {
  const { clock, random, log, limits } = options;
  await mkdir(options.data, { recursive: true, mode: 0o700 });
  const metrics = new ProcessMetrics();
  const drivers = stack.use(
    new ChannelDrivers({ data: options.data, clock, log, metrics, limits, fatal: options.fatal }),
  );
  // A second process on the folder must fail now, not when the first Broker is opened.
  await drivers.of(options.channel);
  const store = stack.use(
    await openFiles({ paths: options.paths, data: options.data, clock, quietMs: limits.quietMs }),
  );
  const changed = { tell: (): void => undefined };
  const sinks = new RunningSinks({ clock, random, log, changed: () => changed.tell() });
  const http = stack.use(withSinks(openHttp(clock, httpLimits(limits)), sinks, clock));
  const routes = new Routes();
  const draining = { now: false };
  const channel = (broker: { readonly namespace: string; readonly name: string }) => routes.get(broker)?.channel;
  const sources = new RunningSources({
    emitTo: sourceSink({
      http,
      clock,
      hops: limits.hops,
      channel,
      received: (broker) => routes.get(broker)?.received ?? { add: () => undefined },
    }),
    ports: {
      clock,
      random,
      log,
      metrics,
      positions: await filePositions(options.data),
      call: callApi,
      publicUrl: options.publicUrl,
      bodyBytesMax: limits.bodyBytes,
      changed: () => changed.tell(),
    },
  });
  const reconfigure = new Reconfigure({
    drivers: (kind) => drivers.of(kind),
    routes,
    sources,
    sinks,
    triggers: {
      open: dispatcher({ http, clock, random, log, metrics, channel, inFlight: limits.inFlight }),
      inFlight: limits.inFlight,
    },
    released: await Released.open(options.data),
    releasedMs: limits.releasedMs,
    clock,
    metrics,
    log,
    changed: () => changed.tell(),
  });
  gauges(metrics, { channels: () => reconfigure.channels(), http, clock });
  return { drivers, store, http, routes, metrics, sources, sinks, reconfigure, changed, draining };
}

function servers(
  options: ServeOptions,
  core: Core,
  adminHost: string,
): { readonly ingress: Server; readonly admin: Server } {
  const { clock, log, limits } = options;
  const { routes, metrics, reconfigure, draining } = core;
  const events = new Ingress({
    routes,
    limits,
    clock,
    metrics,
    log,
    draining: () => draining.now,
    full: (broker) => void reconfigure.full(broker),
  });
  const hooks = webhooks({
    clock,
    log,
    bodyBytes: limits.bodyBytes,
    queueBytes: limits.appendQueueBytes,
    find: (source) => core.sources.webhook(source),
    sink: (name) => core.sinks.find(name),
  });
  const ingress = httpServer(
    (request, response, expecting) => {
      if (request.url?.startsWith(WEBHOOKS_PATH) !== true) return events.handle(request, response, expecting);
      if (expecting === true) response.writeContinue();
      hooks(request, response);
    },
    { headerBytes: limits.headerBytes, headers: ALLOW },
  );
  let api: ReturnType<typeof openApi> | undefined;
  const openApi = async () =>
    (await import('./admin-api.ts')).adminApi({
      log,
      snapshot: () => core.store.list(),
      channels: () => reconfigure.channels(),
      sources: () => core.sources.states(),
      forget: (broker, trigger) => reconfigure.forget(broker, trigger),
    });
  const admin = httpServer(
    adminHandler({
      guard: adminGuard(adminHost, options.adminToken),
      log,
      waiting: () => (draining.now ? ['the process is shutting down'] : reconfigure.waiting()),
      scrape: () => metrics.scrape(),
      api: () => (api ??= openApi()),
    }),
    { headerBytes: limits.headerBytes, headers: [] },
  );
  return { ingress, admin };
}

/** Closes a listener that never became part of a running process. */
function cut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
