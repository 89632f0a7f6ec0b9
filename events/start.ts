/** Where a subscription begins that is declared for the first time: with what comes next, with all that is retained, at a time (RFC 3339), or with an event. */
export type Start =
  | 'latest'
  | 'earliest'
  | { readonly time: string }
  | { readonly id: string; readonly source?: string };
