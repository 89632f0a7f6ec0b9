import { quoted, RefusedError } from '../../events/errors.ts';

const ATTRIBUTE_NAME = /^[a-z0-9]+$/;

/** The body of exact, prefix, suffix: at least one attribute, each with a non-empty string. Throws `RefusedError` with the path of what is wrong. */
export function attributeValues(body: unknown, path: string): readonly (readonly [string, string])[] {
  const entries = attributeEntries(body, path);
  const [first] = entries;
  if (!first)
    throw new RefusedError(
      'resource-invalid',
      `${path}: is empty; name at least one attribute, or leave the element out`,
      { path },
    );
  for (const [name, value] of entries) {
    if (value !== '') continue;
    const at = `${path}.${name}`;
    throw new RefusedError('resource-invalid', `${at}: is empty; to accept any ${name}, leave the attribute out`, {
      path: at,
    });
  }
  return entries;
}

/** A map of attribute name -> string. */
export function attributeEntries(body: unknown, path: string): readonly (readonly [string, string])[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new RefusedError('resource-invalid', `${path}: is ${quoted(body)}; expected a map of attribute to string`, {
      path,
    });
  }
  return Object.entries(body).map(([name, value]) => {
    const at = `${path}.${name}`;
    if (!ATTRIBUTE_NAME.test(name)) {
      throw new RefusedError(
        'resource-invalid',
        `${at}: ${quoted(name)} is no attribute name; use lower-case letters and digits`,
        { path: at },
      );
    }
    if (typeof value !== 'string')
      throw new RefusedError('resource-invalid', `${at}: is ${quoted(value)}; put it in quotes`, { path: at });
    return [name, value] as const;
  });
}

/** The body of all and any: a list with at least one element. */
export function elements(body: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(body))
    throw new RefusedError('resource-invalid', `${path}: is ${quoted(body)}; expected a list of filters`, { path });
  if (body.length === 0)
    throw new RefusedError(
      'resource-invalid',
      `${path}: is empty; list at least one filter, or leave the element out`,
      { path },
    );
  return body;
}
