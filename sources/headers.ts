/** The only value of a header, `undefined` if there is none, `'several'` if it came more than once: what decides about trust must not be ambiguous. `name` in lower case. */
export function onlyHeader(
  rawHeaders: readonly string[],
  name: string,
): { readonly value: string } | 'several' | undefined {
  let found: { readonly value: string } | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== name) continue;
    if (found) return 'several';
    found = { value: (rawHeaders[i + 1] ?? '').trim() };
  }
  return found;
}
