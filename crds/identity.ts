/** Which object: one of each at a time. */
export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** The identity as a key: equal if and only if the objects are the same. */
export function identityKey({ apiVersion, kind, namespace, name }: Identity): string {
  return `${apiVersion}/${kind}/${namespace}/${name}`;
}

/** As messages name it: `Trigger default/hook`. */
export function identityText({ kind, namespace, name }: Identity): string {
  return `${kind} ${namespace}/${name}`;
}

/** Of an object that is parsed. */
export function identityOf(object: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
}): Identity {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name };
}
