import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { KINDS, type Kind } from '../crds/kinds.ts';
import type { SourceKind } from '../sources/kind.ts';
import { SOURCE_KINDS } from '../sources/kinds.ts';

const EXAMPLES = new URL('../examples/sources/', import.meta.url);

/** Where the page lies. */
export const SOURCES_PAGE: URL = new URL('reference/sources.md', import.meta.url);

const HEAD = `# Sources

What can send events to a broker from outside, beside \`POST /<namespace>/<broker>\`. This page is made by \`npm run docs\` from the kinds in [\`sources/kinds.ts\`](../../sources/kinds.ts) and the files in [\`examples/sources/\`](../../examples/sources); each of
them runs as it is with \`weir serve FILE\`, once its comments are followed. What arrives is sent to port 9000, where \`weir display --listen 127.0.0.1:9000\` shows it.

What holds for all:

- An event is acknowledged to its origin, or its position saved, only after the broker has it durably. So nothing is lost, and a crash between the two brings it again, with the same id.
- What comes and cannot become an event is not dropped: it becomes an event of type \`dev.weir.source.deadletter\`, with its bytes as data and the reason in \`deadletterreason\`. What is behind it goes on.
- A source that fails is run again after 1 s, 2 s, 4 s and so on, up to 5 min, and after a run of a minute from 1 s on again; its condition says what is wrong until then. It is true once the run shows that it has what it needs. Declaring the source anew, with any change, does not wait.
- Secrets come by \`secretKeyRef\` alone, and are never printed.
- \`weir get sources\` lists them with what they emitted, how far they are behind and what went wrong last; \`weir describe KIND NAME\` says more. Metrics: \`weir_source_emitted_total\`, \`weir_source_skipped_total\`,
  \`weir_source_failures_total\`, \`weir_source_restarts_total\`, \`weir_source_dead_letters_total\`, each by \`namespace\`, \`kind\` and \`name\`.
`;

/** The text of docs/reference/sources.md. */
export function sourcesPage(): string {
  const kinds = KINDS.filter(({ source }) => source !== undefined).toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
  const rows = kinds.map(({ kind, apiVersion }) => `| [${kind}](#${kind.toLowerCase()}) | \`${apiVersion}\` |`);
  return [
    HEAD,
    ['| kind | apiVersion |', '|---|---|', ...rows, ''].join('\n'),
    ...kinds.map((kind) => section(kind)),
  ].join('\n');
}

function section(kind: Kind): string {
  const source = SOURCE_KINDS.find((one) => one.kind === kind.kind);
  assert(source, `${kind.kind} is declared in crds/kinds.ts, and not in sources/kinds.ts`);
  const conditions = (kind.conditions ?? []).map((condition) => `\`${condition}\``).join(', ');
  const examples = examplesOf(kind.singular).map((yaml) => `\`\`\`yaml\n${yaml}\`\`\`\n`);
  return [`## ${kind.kind}\n`, `${facts(source, conditions).join('\n')}\n`, ...examples].join('\n');
}

function facts({ about }: SourceKind, conditions: string): string[] {
  const { arrives, permissions, order, duplicates, position } = about;
  return [
    `- **What arrives:** ${arrives}`,
    `- **Permissions:** ${permissions}`,
    `- **Order:** ${order}`,
    `- **Duplicates:** ${duplicates}`,
    `- **Position:** ${position}`,
    `- **Conditions:** ${conditions}`,
  ];
}

/** The files of examples/sources about a kind: `pingsource.yaml`, and `pingsource-….yaml`. */
function examplesOf(singular: string): string[] {
  const names = readdirSync(EXAMPLES).filter((name) => new RegExp(`^${singular}(-.*)?\\.yaml$`).test(name));
  return names.toSorted().map((name) => readFileSync(new URL(name, EXAMPLES), 'utf8'));
}
