/** Where sources keep how far they have come: `key` is `<namespace>/<kind>/<name>`, the value is opaque. `save` and `drop` resolve when that would survive `kill -9`. */
export interface Positions {
  get(key: string): Promise<string | undefined>;
  save(key: string, position: string): Promise<void>;
  /** Deletes those that `unwanted` says. */
  drop(unwanted: (key: string, position: string) => boolean): Promise<void>;
}
