const ISO_8601 =
  /^P(?:(\d+(?:[.,]\d+)?)Y)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)W)?(?:(\d+(?:[.,]\d+)?)D)?(?:T(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/;

const DAY_MS = 86_400_000;
// Years and months are approximated as Knative's period library does: 365.2425 days a year, a twelfth of that a month.
const UNIT_MS = [365.2425 * DAY_MS, (365.2425 * DAY_MS) / 12, 7 * DAY_MS, DAY_MS, 3_600_000, 60_000, 1000];

/** An ISO 8601 duration in ms, or undefined if `text` is none (`PT0.2S` = 200, `P1D` = 86,400,000). No signs, at least one part. [Knative DeliverySpec] */
export function durationMs(text: string): number | undefined {
  const parts = ISO_8601.exec(text)?.slice(1);
  if (!parts || text.endsWith('T') || parts.every((part) => part === undefined)) return undefined;
  const total = parts.reduce(
    (sum, part, i) => sum + (part === undefined ? 0 : Number(part.replace(',', '.')) * (UNIT_MS[i] ?? 0)),
    0,
  );
  return Number.isFinite(total) ? Math.round(total) : undefined;
}
