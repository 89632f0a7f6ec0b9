import { arrayItems, type ArrayItem } from './array.ts';

/** Types by the OID that every server has for them: an array's is that of its items with `_` in front. [PostgreSQL pg_type.dat] */
const TYPES: ReadonlyMap<number, string> = new Map([
  ...([
    [16, 'bool'],
    [17, 'bytea'],
    [20, 'int8'],
    [21, 'int2'],
    [23, 'int4'],
    [26, 'oid'],
    [114, 'json'],
  ] as const),
  ...([
    [700, 'float4'],
    [701, 'float8'],
    [1082, 'date'],
    [1114, 'timestamp'],
    [1184, 'timestamptz'],
  ] as const),
  ...([
    [1700, 'numeric'],
    [3802, 'jsonb'],
    [199, '_json'],
    [651, '_cidr'],
    [791, '_money'],
    [1000, '_bool'],
  ] as const),
  ...([
    [1001, '_bytea'],
    [1002, '_char'],
    [1003, '_name'],
    [1005, '_int2'],
    [1007, '_int4'],
    [1009, '_text'],
  ] as const),
  ...([
    [1014, '_bpchar'],
    [1015, '_varchar'],
    [1016, '_int8'],
    [1021, '_float4'],
    [1022, '_float8'],
  ] as const),
  ...([
    [1028, '_oid'],
    [1041, '_inet'],
    [1115, '_timestamp'],
    [1182, '_date'],
    [1183, '_time'],
  ] as const),
  ...([
    [1185, '_timestamptz'],
    [1187, '_interval'],
    [1231, '_numeric'],
    [1270, '_timetz'],
    [2951, '_uuid'],
  ] as const),
  ...([[3807, '_jsonb']] as const),
]);

/** The name of a type that every server has; undefined: it is another, or one whose values are text here. */
export function typeName(oid: number): string | undefined {
  return TYPES.get(oid);
}

/**
 * A value of a type, as JSON text, nothing lost: bool, int2, int4, oid, float4 and float8 as such (NaN and the infinities as strings); int8 and numeric as strings, always; json and jsonb as the JSON they are; bytea as base64;
 * timestamptz as RFC 3339 in UTC, timestamp as the same without offset; arrays as arrays; everything else as the text that PostgreSQL writes (with interval in ISO 8601). What does not look as
 * expected, a time before Christ for one, is that text too.
 */
export function jsonOf(text: string, type: string | undefined): string {
  switch (type) {
    case 'bool':
      return text === 't' ? 'true' : 'false';
    case 'int2':
    case 'int4':
    case 'oid':
    case 'float4':
    case 'float8':
      return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? text : JSON.stringify(text);
    case 'json':
    case 'jsonb':
      return text;
    case 'bytea':
      return JSON.stringify(text.startsWith('\\x') ? Buffer.from(text.slice(2), 'hex').toString('base64') : text);
    case 'timestamptz':
      return JSON.stringify(text.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00$/, '$1T$2Z'));
    case 'timestamp':
      return JSON.stringify(text.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)$/, '$1T$2'));
    default: {
      const items = type?.startsWith('_') ? arrayItems(text) : undefined;
      return items ? jsonOfItems(items, type?.slice(1)) : JSON.stringify(text);
    }
  }
}

function jsonOfItems(items: readonly ArrayItem[], type: string | undefined): string {
  const json = items.map((item) =>
    item === null ? 'null' : typeof item === 'string' ? jsonOf(item, type) : jsonOfItems(item, type),
  );
  return `[${json.join(',')}]`;
}
