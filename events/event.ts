/**
 * Glossary. One word per thing, everywhere in Weir:
 *
 * - **event**: a CloudEvent: attributes and, maybe, data. **attribute**: a named, typed value of an event; **extension**: one that CloudEvents does not define.
 * - **source**: what turns happenings into events. **sink**: any HTTP address events are sent to. **broker**: takes events and keeps them for its triggers.
 * - **trigger**: a filter and a subscriber on a broker. **subscriber**: the sink of a trigger. **filter**: which events a trigger wants.
 * - **interest**: the part of a filter an index understands; it may let too much through, never too little.
 * - **channel**: what stores a broker's events durably and hands them to its **subscriptions** (one per trigger).
 * - **entry**: an event with what Weir knows of it. **position**: an entry's place in a log. **row**: what is kept of one entry that one subscription has not settled.
 * - **delivery**: one event for one trigger. **attempt**: one request of it. **outcome**: what an attempt came to. **verdict**: what becomes of the delivery.
 * - **reply**: an event in a subscriber's answer. **dead letter**: an event that could not be delivered. **dead letter sink**: where it is sent instead.
 * - **backlog**: what a subscription has not settled yet. **live**: fed from memory; **behind**: reads the log from its own position; **held**: stands still, loses nothing.
 * - **settle**: to make a verdict durable. **release**: to give a delivery back unjudged. **forget**: to drop all of a subscription but its dead letters.
 */

/**
 * A value of an attribute. Binary, URI, URI-reference and Timestamp are held as their canonical string, the form in which every binding Weir speaks carries them;
 * a number is an Integer of 32 bits. [CloudEvents 1.0 "Type System"]
 */
export type AttributeValue = string | number | boolean;

/** Attributes by name, in the order they came. Names are `[a-z0-9]+`, never `data`. */
export type Attributes = ReadonlyMap<string, AttributeValue>;

/**
 * A valid CloudEvent 1.0: `id`, `source`, `type` and `specversion` are present and non-empty. Data are the bytes that came, never parsed; absent when there are none.
 * Only a codec or `cloudEvent()` makes one, so whoever holds one need not check it again.
 */
export interface CloudEvent {
  readonly attributes: Attributes;
  readonly data?: Uint8Array;
}

/** The canonical string of an attribute, or undefined if the event lacks it: what filters compare and headers carry. [CloudEvents 1.0 "Type System"] */
export function attribute(event: CloudEvent, name: string): string | undefined {
  const value = event.attributes.get(name);
  return value === undefined || typeof value === 'string' ? value : String(value);
}
