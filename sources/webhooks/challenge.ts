import { createHmac } from 'node:crypto';
import type { GenericChallenge } from '../../crds/webhook-providers/generic.ts';
import type { Refusal, WebhookRequest } from '../source.ts';
import { queryValues } from './authentication.ts';
import { isOneOf } from './hmac.ts';
import type { Understood, WebhookConfig } from './provider.ts';
import { notAllowed, unreadable } from './refusals.ts';

/** Values of a challenge that is granted. */
export interface ChallengeConfig {
  readonly challenge: GenericChallenge | undefined;
  /** What `hub.verifyToken` stands for. */
  readonly verifyToken: string | undefined;
}

/**
 * Answers a GET with which a sender asks whether it may call. `hub.challenge` is echoed for `hub.mode=subscribe` with the token and topic that are expected; for any other it answers 404, which denies it (nobody can
 * end a subscription from outside). `crc_token` is answered with its HMAC under the first secret. [WebSub 5.3; Meta "Verification Requests"; X "Challenge-Response Checks"]
 */
export function genericChallenge(
  request: WebhookRequest,
  config: WebhookConfig,
  { challenge, verifyToken }: ChallengeConfig,
): Understood | Refusal {
  const value = (name: string): string | undefined => {
    const values = queryValues(request.target, name);
    return values.length === 1 ? values[0] : undefined;
  };
  const token = value('crc_token');
  if (challenge?.crc === true && token !== undefined) return crcAnswer(token, config);
  if (challenge?.hub) {
    const { topics } = challenge.hub;
    const topic = value('hub.topic');
    const echo = value('hub.challenge');
    const trusted = verifyToken === undefined || isOneOf(value('hub.verify_token') ?? '', [verifyToken]);
    const known = topics === undefined || (topic !== undefined && topics.includes(topic));
    if (value('hub.mode') === 'subscribe' && trusted && known && echo !== undefined && ECHOED.test(echo))
      return answered(echo, 'text/plain; charset=utf-8');
    return {
      status: 404,
      code: 'not-found',
      message:
        'not granted: hub.mode, hub.challenge, hub.verify_token and hub.topic must be as spec.generic.challenge.hub says',
    };
  }
  return notAllowed('webhooks are sent with POST; GET is answered where spec.generic.challenge says how', ['POST']);
}

// No markup, no control characters: what strangers send is not to be read as a page.
const ECHOED = /^[\w.~+/=:-]{1,512}$/;
/** No character that a JSON object needs: otherwise anybody could have us sign one, and send it as a body. */
const CRC_TOKEN = /^[\w-]{1,256}$/;

function crcAnswer(token: string, { secrets: [secret] }: WebhookConfig): Understood | Refusal {
  if (!CRC_TOKEN.test(token) || secret === undefined)
    return unreadable('crc_token must be at most 256 letters, digits, "_" and "-"');
  const mac = createHmac('sha256', secret).update(token).digest('base64');
  return answered(JSON.stringify({ response_token: `sha256=${mac}` }), 'application/json');
}

function answered(body: string, contentType: string): Understood {
  const headers = { 'content-type': contentType, 'x-content-type-options': 'nosniff' };
  return { happenings: [], answer: { status: 200, headers, body } };
}
