/** The key of a source's position, and its name in the log: `<namespace>/<kind in lower case>/<name>`. */
export function sourceKey(source: {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}): string {
  return `${source.namespace}/${source.kind.toLowerCase()}/${source.name}`;
}
