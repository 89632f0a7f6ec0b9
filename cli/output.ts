import { styleText } from 'node:util';

/** Where a command writes and reads: the process's own streams, or a test's. */
export interface Terminal {
  /** Results. */
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Everything else. */
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly in: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How text is painted, by name. */
export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Paints on a terminal, unless `NO_COLOR` is set. [no-color.org] */
export function painter(
  stream: { readonly isTTY?: boolean },
  env: Terminal['env'],
): (style: Style, text: string) => string {
  const colour = stream.isTTY === true && !env['NO_COLOR'];
  return (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
}

/** Rows under their headings, columns three spaces apart as kubectl prints them. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === cells.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('   ');
  return [headings, ...rows].map((cells) => `${line(cells).trimEnd()}\n`).join('');
}

/** A time span as kubectl prints ages: `45s`, `12m`, `3h`, `5d`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** Text from elsewhere, safe on a terminal: control characters are shown, not obeyed. */
export function visible(text: string): string {
  return text.replaceAll(
    /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
