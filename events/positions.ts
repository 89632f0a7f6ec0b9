/** Where sources keep how far they have come: `key` is `<namespace>/<kind>/<name>`, the value is opaque. `save` resolves when it would survive `kill -9`. */
export interface Positions {
  get(key: string): Promise<string | undefined>;
  save(key: string, position: string): Promise<void>;
}
