import { createServer, type IncomingHttpHeaders } from 'node:http';
import { onTestFinished } from 'vitest';
import { listen } from '../../broker/listener.ts';

/** A subscriber that is asked for its consent, on a free port. */
export interface ConsentingSubscriber {
  readonly url: string;
  /** The headers of the answer to OPTIONS; empty: no consent. */
  allows: Readonly<Record<string, string>>;
  status: number;
  readonly asked: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  readonly posted: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** Resolves when so many events have been posted. */
  got(count: number): Promise<void>;
  /** Resolves when it has been asked so often. */
  wasAsked(count: number): Promise<void>;
}

/** Starts one; closed with the test. */
export async function consentingSubscriber(
  allows: Readonly<Record<string, string>> = {},
): Promise<ConsentingSubscriber> {
  const waiting: (() => void)[] = [];
  const until = async (met: () => boolean): Promise<void> => {
    while (!met()) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const server = createServer((request, answer) => {
    const what = { path: request.url ?? '', headers: request.headers };
    request.resume();
    if (request.method === 'OPTIONS') {
      subscriber.asked.push(what);
      answer.writeHead(subscriber.status, { ...subscriber.allows }).end();
    } else {
      subscriber.posted.push(what);
      answer.writeHead(202).end();
    }
    for (const wake of waiting.splice(0)) wake();
  });
  const subscriber: ConsentingSubscriber = {
    url: await listen(server, { host: '127.0.0.1', port: 0 }, '--listen'),
    allows,
    status: 200,
    asked: [],
    posted: [],
    got: (count) => until(() => subscriber.posted.length >= count),
    wasAsked: (count) => until(() => subscriber.asked.length >= count),
  };
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return subscriber;
}
