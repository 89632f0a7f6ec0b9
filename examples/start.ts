/**
 * `npm start`: serves `examples/weir.yaml` together with a subscriber that prints what it gets, and says what to type:
 * `npm start -- --listen 127.0.0.1:0 --admin 127.0.0.1:0` takes free ports. `--listen`, `--admin` and `--data` are those of `weir serve`.
 */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { listen } from '../broker/listener.ts';
import { receivedText } from '../cli/display.ts';
import { failure } from '../cli/failure.ts';
import { RefusedError } from '../events/errors.ts';
import type { Terminal } from '../cli/output.ts';
import { serveUntilInterrupted } from '../cli/serve.ts';
import { eventSink } from '../cli/sink.ts';

const terminal: Terminal = { out: process.stdout, err: process.stderr, in: process.stdin, env: process.env };

async function main(): Promise<number> {
  const values = flagsOf();
  const failing = new Map([
    ['/fails-twice', 2],
    ['/fails-always', Infinity],
  ]);
  const subscriber = eventSink(failing, (what) => void terminal.out.write(receivedText(what, false, terminal)));
  const url = await listen(subscriber, { host: '127.0.0.1', port: 0 }, '--listen');
  try {
    const file = fileURLToPath(new URL('weir.yaml', import.meta.url));
    const flags = {
      ...values,
      log: 'pretty',
      logLevel: 'error',
      map: [`default/service/display=${url}`],
      channel: 'embedded',
    } as const;
    return await serveUntilInterrupted([file], flags, {
      terminal,
      ready: (running) => say(running.listen, values.data),
    });
  } finally {
    subscriber.close();
    subscriber.closeAllConnections();
    await once(subscriber, 'close');
  }
}

function flagsOf(): { readonly listen: string; readonly admin: string; readonly data: string } {
  try {
    return parseArgs({
      options: {
        listen: { type: 'string', default: '127.0.0.1:8080' },
        admin: { type: 'string', default: '127.0.0.1:8081' },
        data: { type: 'string', default: '.weir' },
      },
    }).values;
  } catch (error) {
    const [what = ''] = String(error instanceof Error ? error.message : error).split('. ');
    throw new RefusedError('usage', `${what}; npm start takes --listen, --admin and --data`, { cause: error });
  }
}

function say(address: string, data: string): void {
  const more = data === '.weir' ? '' : ` --data ${data}`;
  terminal.out.write(`
Served: examples/weir.yaml. Every five seconds a cron event goes to /everything, /fails-twice and /fails-always;
what is given up goes to /dead-letters. Now, in another terminal, send an order (it matches the filter of /orders):

  curl -i ${address}/default/default -H 'ce-specversion: 1.0' -H 'ce-id: 1' -H 'ce-source: /shop' \\
    -H 'ce-type: order.created' -H 'content-type: application/json' -d '{"order":42}'

and see how it stands: bin/weir.js get triggers -o wide${more}        (Ctrl-C stops)

`);
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    const { text, exitCode } = failure(error);
    terminal.err.write(text);
    process.exitCode = exitCode;
  },
);
