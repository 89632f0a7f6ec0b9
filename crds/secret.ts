import { z } from 'zod';
import { metadata, type Metadata } from './metadata.ts';
import { refuse } from './refusal.ts';

/** Values by key, decoded. Nothing that prints, logs or stores may be given one. [Kubernetes Secret] */
export interface Secret {
  readonly apiVersion: string;
  readonly kind: 'Secret';
  readonly metadata: Metadata;
  readonly values: Readonly<Record<string, string>>;
}

const key = /^[-._a-zA-Z0-9]{1,253}$/;

function checkKeys(map: Readonly<Record<string, string>> | null, context: z.RefinementCtx): void {
  for (const name of Object.keys(map ?? {}))
    if (!key.test(name))
      refuse(context, { found: 'is no key', allowed: 'write letters, digits, "-", "_" and "."', at: [name] });
}

const encoded = z
  .record(z.string(), z.string())
  .nullable()
  .superRefine((map, context) => {
    checkKeys(map, context);
    for (const [name, text] of Object.entries(map ?? {}))
      if (decoded(text) === undefined)
        refuse(context, {
          found: 'is not base64 of UTF-8 text',
          allowed: 'encode it, or write it as it is under stringData',
          at: [name],
        });
  });

/** A Secret, checked; `stringData` wins over `data`, as in Kubernetes. */
export const secret: z.ZodType<Secret> = z
  .strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('Secret'),
    metadata,
    type: z.string().exactOptional(),
    data: encoded.exactOptional(),
    stringData: z.record(z.string(), z.string()).nullable().superRefine(checkKeys).exactOptional(),
    immutable: z.boolean().exactOptional(),
  })
  .transform(({ apiVersion, kind, metadata, data, stringData }) => ({
    apiVersion,
    kind,
    metadata,
    values: {
      ...Object.fromEntries(Object.entries(data ?? {}).map(([name, text]) => [name, decoded(text) ?? ''])),
      ...stringData,
    },
  }));

function decoded(text: string): string | undefined {
  const packed = text.replaceAll(/\s/g, '');
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(packed, 'base64'));
  } catch {
    return undefined;
  }
}
