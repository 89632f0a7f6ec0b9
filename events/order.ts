/** In which order a subscription gets its events: any, or one at a time per value of an attribute (by default `partitionkey`); an event without it is unordered. */
export type Order = 'none' | { readonly by: string };
