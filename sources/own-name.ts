/**
 * What a source calls what it creates for itself at a server (a group, a consumer, a slot) if its user chose no name: `weir_<namespace>_<name>`. Letters, digits, `-` and `_` only, and never two sources with one name,
 * since neither namespaces nor names hold a `_`.
 */
export function ownName({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `weir_${namespace}_${name.replaceAll('.', '_')}`;
}
