import { parentPort, workerData } from 'node:worker_threads';
import { StateDatabase, stateFailure } from './state-database.ts';
import type { FromWorker, ToWorker } from './state-messages.ts';

/** The thread that holds the state file, so that its fsyncs never stop the event loop of deliveries. `workerData` is the file's path; null closes it. */
function serve(path: string, port: NonNullable<typeof parentPort>): void {
  const say = (message: FromWorker): void => port.postMessage(message);
  let database: StateDatabase;
  try {
    database = new StateDatabase(path);
  } catch (error) {
    say({ kind: 'unready', failure: stateFailure(error) });
    return port.close();
  }
  port.on('message', (message: ToWorker | null) => {
    if (!message) {
      database.close();
      return port.close();
    }
    say({ kind: 'done', results: database.run(message.requests) });
    const trimmed = message.requests.some((request) =>
      request.some(([name]) => name === 'keptTrim' || name === 'deadRemove'),
    );
    if (trimmed) database.vacuum();
  });
  say({ kind: 'ready' });
}

if (parentPort) serve(String(workerData), parentPort);
