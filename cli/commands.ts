import { InvalidArgumentError, Option, type Command } from '@commander-js/extra-typings';
import { exactly } from './exactly.ts';
import { limitsHelp } from './limit-flags.ts';
import type { Terminal } from './output.ts';

/** Adds every command. What a command does is loaded when it is run, so that `serve` starts at once. */
export function addCommands(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  addServe(program, terminal, exit);
  addSend(program, terminal, exit);
  addResources(program, terminal, exit);
  addDisplay(program, terminal, exit);
}

function addServe(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  program
    .command('serve')
    .description('take events and deliver them; without a path and without ./weir.yaml: one broker, default/default')
    .argument('[path...]', 'files and folders of YAML')
    .option('--listen <host:port>', 'where events and webhooks arrive; port 0 = a free one', '127.0.0.1:8080')
    .option('--admin <host:port>', 'health, metrics and what the other commands use', '127.0.0.1:8081')
    .option('--data <folder>', 'where events are kept', '.weir')
    .addOption(
      new Option('--log <style>', 'how lines are written to stderr; default: pretty on a terminal').choices([
        'pretty',
        'json',
      ]),
    )
    .addOption(
      new Option('--log-level <level>', 'the least that is written')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .option('--map <namespace/kind/name=url>', 'the address of an object that is not declared here', collect)
    .option('--public-url <url>', 'where senders of webhooks reach --listen')
    .option('--admin-token-file <file>', 'what the admin listener asks for; needed off 127.0.0.1')
    .addOption(
      new Option('--channel <kind>', 'what keeps the events of a broker that does not say')
        .choices(['embedded', 'memory'])
        .default('embedded'),
    )
    .option('--limit <name=value>', 'another limit than the default; may be repeated, names are below', collect)
    .addHelpText('after', limitsHelp)
    .action(async (paths: string[], options) =>
      exit(await (await import('./serve.ts')).serveCommand(paths, exactly(options), terminal)),
    );
}

function addSend(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  program
    .command('send')
    .description('send an event, to a broker that runs here or to any URL')
    .option('--to <url>', 'where to; default: the broker that serves --data')
    .option('--broker <namespace/name>', 'a broker that serves --data', 'default/default')
    .option('--data-folder <folder>', 'the data folder of the process that serves the broker', '.weir')
    .option('--id <id>', 'default: a new one')
    .option('--source <uri>', 'default: /weir/send')
    .option('--type <type>', 'default: weir.sent')
    .option('--subject <subject>')
    .option('--time <time>', 'RFC 3339; default: now')
    .option('--datacontenttype <type>', 'default: by what the data looks like')
    .option('--dataschema <uri>')
    .option('--ext <name=value>', 'an extension attribute; may be repeated', collect)
    .option('--data <text>', 'the data, as it is')
    .option('--data-file <file>', 'a file that holds the data; - = stdin')
    .option(
      '--event <file>',
      'a file that holds an event, or several, as JSON; - = stdin. Other flags change its attributes',
    )
    .option('--structured', 'send the event as one JSON document')
    .option('--count <n>', 'how many times, each with an id of its own', whole, 1)
    .option('--rate <r>', 'events per second at most', positive)
    .option('--json', 'print what became of it as JSON')
    .action(async (options) => exit(await (await import('./send.ts')).sendCommand(exactly(options), terminal)));
}

function addResources(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  const talking = (name: string, namespace = 'only this one; default: all') =>
    program
      .command(name)
      .option('-n, --namespace <namespace>', namespace)
      .option('--data <folder>', 'the data folder of the process to ask', '.weir')
      .option('--admin-token-file <file>', 'holds the token of its admin listener');
  talking('get')
    .description('what is declared and how it stands')
    .argument('<kind>', 'such as triggers or pingsource; sources: every kind of source')
    .argument('[name]')
    .addOption(new Option('-o, --output <form>').choices(['json', 'yaml', 'wide']))
    .option('--json', 'the same as -o json')
    .action(async (kind: string, name: string | undefined, options) =>
      exit(await (await import('./get.ts')).getCommand({ kind, name }, exactly(options), terminal)),
    );
  talking('describe')
    .description('all there is to know of one object')
    .argument('<kind>')
    .argument('<name>')
    .option('--json', 'print it as JSON')
    .action(async (kind: string, name: string, options) =>
      exit(await (await import('./describe.ts')).describeCommand({ kind, name }, exactly(options), terminal)),
    );
  talking('forget', 'where the trigger is; default: default')
    .description('drop what a trigger has not delivered yet; its dead letters stay')
    .argument('<trigger>', '[namespace/]name')
    .option('--json', 'print what was dropped as JSON')
    .action(async (trigger: string, options) =>
      exit(await (await import('./forget.ts')).forgetCommand(trigger, exactly(options), terminal)),
    );
  program
    .command('validate')
    .description(
      'check files without serving them; exit code 1 if anything is refused. Of what they refer to only a Broker that is not in them is told; of the rest `get`, where they are served',
    )
    .argument('<path...>', 'files and folders of YAML')
    .option('--json', 'print what was found as JSON')
    .action(async (paths: string[], options) =>
      exit(await (await import('./validate.ts')).validateCommand(paths, exactly(options), terminal)),
    );
}

function addDisplay(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  program
    .command('display')
    .description('a sink that prints the events it gets')
    .option('--listen <host:port>', 'port 0 = a free one', '127.0.0.1:8090')
    .option(
      '--fail <path[=n]>',
      'answer 503 on this path: always, or the first n times for each event; may be repeated',
      collect,
    )
    .option('--json', 'print events as JSON lines')
    .action(async (options) => exit(await (await import('./display.ts')).displayCommand(exactly(options), terminal)));
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function whole(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 on.');
}

function positive(text: string): number {
  const rate = Number(text);
  if (Number.isFinite(rate) && rate > 0) return rate;
  throw new InvalidArgumentError('It must be a number above 0.');
}
