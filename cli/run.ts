import { createRequire } from 'node:module';
import { Command, CommanderError } from '@commander-js/extra-typings';
import { DONE, USAGE, failure } from './failure.ts';
import type { Terminal } from './output.ts';
import { addCommands } from './commands.ts';

// By the package's own name, because the sources and what is built from them lie at different depths.
const { version }: { readonly version: string } = createRequire(import.meta.url)('@weir-events/weir/package.json');

/** Runs one command line (without `node` and the script) and resolves with its exit code; never rejects. */
export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = DONE;
  const program = new Command('weir')
    .description('A CloudEvents broker: durable before 2xx, Knative resources, one process.')
    .version(version, '--version', 'print the version')
    .configureOutput({
      writeOut: (text) => void terminal.out.write(text),
      writeErr: (text) => void terminal.err.write(text),
      outputError: (text, write) => write(`weir: ${wrongUsage(text, commandOf(words, program))}\n`),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .showSuggestionAfterError()
    .enablePositionalOptions();
  addCommands(program, terminal, (code) => {
    exitCode = code;
  });
  try {
    if (words.length === 0) {
      terminal.err.write(program.helpInformation());
      return USAGE;
    }
    await program.parseAsync([...words], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : USAGE;
    const { text, exitCode: code } = failure(error);
    terminal.err.write(text);
    return code;
  }
}

/** How the command is called whose help says more: `weir get`, or `weir` where none was understood. */
function commandOf(words: readonly string[], program: Command): string {
  const name = program.commands.find((command) => command.name() === words[0])?.name();
  return name === undefined ? 'weir' : `weir ${name}`;
}

/** commander's text as one line that ends with the next step. */
function wrongUsage(text: string, command: string): string {
  const line = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  return line.includes('Did you mean') ? line : `${line}; \`${command} --help\` lists what there is`;
}
