import { validatePaths } from '../resources/files/validate.ts';
import { DONE, FAILED } from './failure.ts';
import { painter, visible, type Terminal } from './output.ts';

/** Checks files without serving them. Exit code 1 if anything is refused; what would only wait is said. */
export async function validateCommand(
  paths: readonly string[],
  flags: { readonly json?: boolean },
  terminal: Terminal,
): Promise<number> {
  const { accepted, foreign, refused, waiting } = await validatePaths(paths);
  if (flags.json === true) {
    const names = accepted.map(({ apiVersion, kind, metadata }) => ({
      apiVersion,
      kind,
      namespace: metadata.namespace,
      name: metadata.name,
    }));
    terminal.out.write(`${JSON.stringify({ accepted: names, refused, waiting, foreign }, null, 2)}\n`);
    return refused.length === 0 ? DONE : FAILED;
  }
  const paint = painter(terminal.out, terminal.env);
  for (const { message } of refused) terminal.out.write(`${paint('red', 'refused')} ${visible(message)}\n`);
  for (const { message } of waiting) terminal.out.write(`${paint('yellow', 'waiting')} ${visible(message)}\n`);
  for (const { apiVersion, kind, namespace, name } of foreign)
    terminal.out.write(
      `${paint('dim', 'ignored')} ${visible(`${apiVersion} ${kind} ${namespace}/${name}`)}: Weir does not serve this kind\n`,
    );
  terminal.out.write(`${accepted.length} accepted, ${refused.length} refused, ${foreign.length} ignored\n`);
  return refused.length === 0 ? DONE : FAILED;
}
