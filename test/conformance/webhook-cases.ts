import assert from 'node:assert/strict';
import { RefusedError, UnavailableError } from '../../events/errors.ts';
import { gate } from '../sources/source-world.ts';
import { CANARY } from './source-trial.ts';
import type { HookCase } from './webhook-trial.ts';

/** What every source that is called must do; the names are the specification. */
export const hookCases: readonly HookCase[] = [
  {
    name: 'what is sent is accepted only after the emit',
    column: 'durable',
    async run(trial) {
      const { passed, open: letThrough } = gate();
      trial.world.sink = () => passed;
      let answered = false;
      const answer = trial.send(1).finally(() => (answered = true));
      await Promise.race([trial.world.until(() => trial.world.offered.length === 1), answer]);
      await trial.world.clock.advance(100);
      assert.equal(answered, false, 'it was answered before the sink had it');
      letThrough();
      assert.equal((await answer).status, trial.accepted);
      assert.equal(trial.world.emitted.length, 1);
    },
  },
  {
    name: 'what is sent is counted and shown in the status',
    column: 'count',
    async run(trial) {
      for (const n of [1, 2, 3]) await trial.send(n);
      const { emitted, failures, lastEventAtMs, conditions } = trial.source.status();
      assert.deepEqual({ emitted, failures }, { emitted: 3, failures: 0 });
      assert.equal(lastEventAtMs, trial.world.clock.now());
      assert.equal(new Set(trial.world.ids).size, 3);
      if (!trial.subject.kind.registration)
        assert.deepEqual(conditions, { [trial.subject.kind.condition]: { ok: true } });
    },
  },
  {
    name: 'what is sent again has the same id',
    column: 'id',
    async run(trial) {
      for (const n of [1, 1]) assert.equal((await trial.send(n)).status, trial.accepted);
      assert.equal(trial.world.ids.length, 2);
      assert.equal(trial.world.ids[0], trial.world.ids[1]);
    },
  },
  {
    name: 'what is forged is refused with 401 or 403, and nothing is emitted',
    column: 'forged',
    without: ({ forged }) => (forged ? undefined : 'it takes requests from anybody'),
    async run(trial) {
      const { status } = await trial.post((await trial.subject.forged?.()) ?? assert.fail());
      assert([401, 403].includes(status), `it was answered ${status}`);
      assert.deepEqual(trial.world.offered, []);
      assert.equal(trial.source.status().failures, 1);
    },
  },
  {
    name: 'while the sink is unavailable it is answered 503 with Retry-After',
    column: '503',
    async run(trial) {
      trial.world.sink = () => Promise.reject(new UnavailableError('channel-unavailable', 'not now'));
      const { status, headers } = await trial.send(1);
      assert.equal(status, 503);
      assert.match(headers['retry-after'] ?? '', /^[1-9]\d*$/);
      trial.world.sink = async () => undefined;
      assert.equal((await trial.send(1)).status, trial.accepted);
    },
  },
  {
    name: 'another method is answered 405 with Allow',
    column: '405',
    async run(trial) {
      const { status, headers } = await trial.post({ ...(await trial.subject.request(1)), method: 'DELETE' });
      assert.equal(status, 405);
      assert.equal(headers['allow'], (trial.subject.kind.methods ?? ['POST']).join(', '));
      assert.deepEqual(trial.world.offered, []);
    },
  },
  {
    name: 'what is too large is answered 413 before it is read',
    column: '413',
    async run(trial) {
      const { status } = await trial.post({
        ...(await trial.subject.request(1)),
        body: new Uint8Array(trial.world.bodyBytesMax + 1),
      });
      assert.equal(status, 413);
      assert.deepEqual(trial.world.offered, []);
    },
  },
  {
    name: 'once it is stopped it answers 503',
    column: 'stopped',
    async run(trial) {
      assert.equal((await trial.send(1)).status, trial.accepted);
      await trial.source[Symbol.asyncDispose]();
      assert.equal((await trial.send(2)).status, 503);
      assert.equal(trial.world.emitted.length, 1);
    },
  },
  {
    name: 'a wrong spec is refused with its path',
    column: 'spec',
    async run(trial) {
      const { wrong, instance } = trial.subject;
      const refusal = await Promise.resolve()
        .then(() => trial.open({ ...instance, spec: wrong.spec }))
        .then(() => assert.fail('it was opened'))
        .catch((error: unknown) => error);
      assert(refusal instanceof RefusedError, String(refusal));
      assert.deepEqual({ code: refusal.code, path: refusal.path }, { code: 'resource-invalid', path: wrong.path });
      assert(refusal.message.startsWith(`${wrong.path}: `), refusal.message);
    },
  },
  {
    name: 'no secret reaches a log line, the status or an answer',
    column: 'secrets',
    async run(trial) {
      trial.world.sink = () =>
        Promise.reject(new UnavailableError('channel-unavailable', `cannot log in with ${CANARY}`));
      const { body } = await trial.send(1);
      assert.match(JSON.stringify([trial.world.lines, trial.source.status(), body]), /cannot log in/);
    },
  },
];
