import { withServingFlags } from './node-flags.ts';

/** The command's entry: this process's words, streams and environment. A reader that closed its end of a pipe is no error. */
if (process.argv[2] === 'serve') withServingFlags(process);
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}
// Only now: whoever is begun anew should not have read all of it before.
const { run } = await import('./run.ts');
const exitCode = await run(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  in: process.stdin,
  env: process.env,
});
// Everything is done then; a client library that still waits for its server would keep the process for seconds.
if (process.argv[2] === 'serve') process.exit(exitCode);
process.exitCode = exitCode;
