/** An item of an array of PostgreSQL: its text, null, or an array of a dimension further in. */
export type ArrayItem = string | null | readonly ArrayItem[];

// Deeper than any array of PostgreSQL, which has six dimensions.
const DEPTH_MAX = 8;

/** The items of an array as PostgreSQL writes it (`{1,NULL,"a,b"}`, bounds before it left out); undefined if `text` is none. [PostgreSQL "Array Output"] */
export function arrayItems(text: string): readonly ArrayItem[] | undefined {
  const start = /^(\[-?\d+:-?\d+\])+=/.exec(text)?.[0].length ?? 0;
  const read = items(text, start, 1);
  return read?.end === text.length ? read.items : undefined;
}

function items(
  text: string,
  start: number,
  depth: number,
): { readonly items: readonly ArrayItem[]; readonly end: number } | undefined {
  if (text[start] !== '{' || depth > DEPTH_MAX) return undefined;
  const found: ArrayItem[] = [];
  let at = start + 1;
  if (text[at] === '}') return { items: found, end: at + 1 };
  for (;;) {
    const item = text[at] === '{' ? items(text, at, depth + 1) : scalar(text, at);
    if (!item) return undefined;
    found.push('items' in item ? item.items : item.value);
    at = item.end;
    if (text[at] === '}') return { items: found, end: at + 1 };
    if (text[at] !== ',') return undefined;
    at += 1;
  }
}

function scalar(text: string, start: number): { readonly value: string | null; readonly end: number } | undefined {
  const pattern = text[start] === '"' ? /"([^"\\]*(?:\\.[^"\\]*)*)"/sy : /([^{},"\\\s][^{},"\\]*)/y;
  pattern.lastIndex = start;
  const [all, value] = pattern.exec(text) ?? [];
  if (all === undefined || value === undefined) return undefined;
  const quoted = all !== value;
  if (!quoted && value === 'NULL') return { value: null, end: pattern.lastIndex };
  return { value: quoted ? value.replaceAll(/\\(.)/gs, '$1') : value, end: pattern.lastIndex };
}
