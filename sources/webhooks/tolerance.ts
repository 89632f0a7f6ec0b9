import type { Refusal, WebhookRequest } from '../source.ts';
import type { WebhookConfig } from './provider.ts';
import { forged } from './refusals.ts';

/** Refuses a signed time, whole seconds since the epoch, that is further from the time of arrival than is tolerated, in either direction. `name` says where it stood. Only after the signature was checked. */
export function untimely(
  seconds: string,
  name: string,
  { request, config }: { readonly request: WebhookRequest; readonly config: WebhookConfig },
): Refusal | undefined {
  if (!/^\d{1,12}$/.test(seconds)) return forged(`${name} must be whole seconds since 1970`);
  const offMs = request.receivedAtMs - Number(seconds) * 1000;
  if (Math.abs(offMs) <= config.toleranceMs) return undefined;
  const off = `${Math.round(Math.abs(offMs) / 1000)} s ${offMs > 0 ? 'ago' : 'ahead'}`;
  return forged(
    `${name} is ${off}, more than the ${config.toleranceMs / 1000} s of toleranceSeconds; send it anew, and check both clocks`,
  );
}
