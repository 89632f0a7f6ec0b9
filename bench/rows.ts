/** One line of the result: what was measured over the rounds, and the target if there is one. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** What the median must be: at most, or at least. */
  readonly target?: { readonly atMost: number } | { readonly atLeast: number };
  readonly rounds: number;
}

/** A row over what the rounds measured; there is at least one. */
export function row(facts: Pick<Row, 'name' | 'unit' | 'target'>, values: readonly number[]): Row {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return {
    ...facts,
    min: at(0),
    median: at(Math.floor((sorted.length - 1) / 2)),
    max: at(sorted.length - 1),
    rounds: values.length,
  };
}

/** Whether the median is where it must be; true where nothing is asked. */
export function held({ target, median }: Row): boolean {
  if (target === undefined) return true;
  return 'atMost' in target ? median <= target.atMost : median >= target.atLeast;
}

/** The rows as a Markdown table, aligned for a terminal. */
export function table(rows: readonly Row[]): string {
  const head = ['what', 'min', 'median', 'max', 'target', 'held'];
  const cells = rows.map((r) => [
    `${r.name} (${r.unit})`,
    figure(r.min),
    figure(r.median),
    figure(r.max),
    targetText(r),
    r.target === undefined ? '' : held(r) ? 'yes' : 'NO',
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((line) => line[i]?.length ?? 0)));
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...cells.map(line)].join('\n');
}

function targetText({ target }: Row): string {
  if (target === undefined) return '';
  return 'atMost' in target ? `<= ${figure(target.atMost)}` : `>= ${figure(target.atLeast)}`;
}

function figure(value: number): string {
  if (Number.isNaN(value)) return '?';
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
