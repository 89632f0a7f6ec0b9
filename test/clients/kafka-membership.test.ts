import kafkajs, { type Broker, type Cluster } from 'kafkajs';
import { expect, test } from 'vitest';
import { awaitRebalances } from '../../clients/kafka/membership.ts';

/** What kafkajs would be given: a cluster whose coordinator answers every request of a member with `type`. */
function refusing(type: string): Cluster {
  const refuse = (): Promise<never> => Promise.reject(Object.assign(new Error('not now'), { type }));
  const broker: Broker = Object.assign(Object.create(null), {
    joinGroup: refuse,
    syncGroup: refuse,
    leaveGroup: refuse,
  });
  const cluster: Cluster = Object.assign(Object.create(null), { findGroupCoordinator: async () => broker });
  return cluster;
}

test.each([
  ['GROUP_LOAD_IN_PROGRESS', 'REBALANCE_IN_PROGRESS'],
  ['GROUP_AUTHORIZATION_FAILED', 'GROUP_AUTHORIZATION_FAILED'],
])('a coordinator that says %s is %s to kafkajs, which joins again after a rebalance alone', async (said, heard) => {
  const cluster = refusing(said);
  let revoked = 0;
  awaitRebalances(cluster, kafkajs, { revoked: async () => void (revoked += 1), assigned: async () => undefined });
  const coordinator: unknown = await cluster.findGroupCoordinator({ groupId: 'g' });
  for (const call of ['joinGroup', 'syncGroup']) {
    const method: unknown = Reflect.get(Object(coordinator), call);
    if (typeof method !== 'function') throw new TypeError(`${call} is gone`);
    await expect(Promise.resolve(Reflect.apply(method, coordinator, [{ groupId: 'g' }]))).rejects.toMatchObject({
      type: heard,
    });
  }
  expect(revoked).toBe(1);
});
