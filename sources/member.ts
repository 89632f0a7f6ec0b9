/** Reads a value out of parsed JSON of others: undefined wherever it is not of the shape that was hoped for. */
export type Read = (json: unknown) => unknown;

/** What lies at `names`, joined by dots: `repository.owner.login`. Only own members count, so a hostile payload cannot be read past its end. */
export function member(names: string): Read {
  const path = names.split('.');
  return (json) =>
    path.reduce<unknown>(
      (value, name) => (isObject(value) ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined),
      json,
    );
}

/** A JSON object: not null, not an array. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parsed JSON, or undefined if `text` is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
