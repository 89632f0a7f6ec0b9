import type { Clock } from '../events/clock.ts';
import type { SinkName } from '../resources/plan.ts';
import type { Address, Http, Sender } from '../triggers/http.ts';
import { sinkSender } from '../triggers/sinks/sender.ts';
import type { RunningSinks } from './running-sinks.ts';

/** The network, with the sinks of this process among its addresses: they are given their events without a request. */
export function withSinks(http: Http, sinks: RunningSinks, clock: Clock): Http {
  return {
    open(address: Address & { readonly sink?: SinkName }, connections: number): Sender {
      const { sink } = address;
      return sink ? sinkSender(() => sinks.find(sink), clock) : http.open(address, connections);
    },
    get sockets() {
      return http.sockets;
    },
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]();
      await sinks.stop();
    },
  };
}
