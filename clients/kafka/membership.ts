import type { Broker, Cluster } from 'kafkajs';
import type { Kafkajs } from './client.ts';

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A place in a partition: of the next record, where it says how far somebody came. Offsets are exact as numbers: 2^53 records are not reached. */
export interface PartitionOffset extends TopicPartition {
  readonly offset: number;
}

/** What a member of a consumer group owns, from one rebalance to the next. */
export interface Assignment {
  readonly partitions: readonly TopicPartition[];
  /** Of the partitions that this member owns: those that the group committed an offset of. */
  committed(): Promise<readonly PartitionOffset[]>;
  /** The first offset that is there, or the next that will be written; of the partitions that this member owns and that have a leader now. */
  ends(which: 'first' | 'next'): Promise<readonly PartitionOffset[]>;
  /** How many partitions a topic has, as far as this client knows. */
  count(topic: string): number;
  /** Commits as this member in this generation: rejects once the group has another. */
  commit(offsets: readonly PartitionOffset[]): Promise<void>;
}

/** What a member does around a rebalance. Both are awaited, and must be quick: the group waits. */
export interface Rebalancing {
  /** Before it gives back all that it owns: what is committed here still counts. Called again if joining is tried again. */
  revoked(): Promise<void>;
  /** Once it owns partitions, before anything of them is fetched. */
  assigned(assignment: Assignment): Promise<void>;
}

interface JoinRequest {
  readonly groupId: string;
}
interface SyncRequest extends JoinRequest {
  readonly generationId: number;
  readonly memberId: string;
}
/** The calls of kafkajs' Broker that make a member; it does not publish them. */
interface Coordinator extends Broker {
  joinGroup(request: JoinRequest): Promise<unknown>;
  syncGroup(request: SyncRequest): Promise<{ readonly memberAssignment: Buffer }>;
  leaveGroup(request: { readonly groupId: string; readonly memberId: string }): Promise<unknown>;
}

/**
 * Lets a consumer's rebalances be awaited: kafkajs tells of them only after the fact, to listeners that it does not wait for, and not of the generation. `cluster` is that consumer's own, as its partition assigner is
 * given it. `leave` leaves the group at once, where kafkajs would wait for its fetches first.
 */
export function awaitRebalances(
  cluster: Cluster,
  kafkajs: Kafkajs,
  rebalancing: Rebalancing,
): { leave(): Promise<void> } {
  let member: Member | undefined;
  const hooked = new WeakSet<Broker>();
  const find = cluster.findGroupCoordinator.bind(cluster);
  cluster.findGroupCoordinator = async (group) => {
    const found = await find(group);
    if (hooked.has(found)) return found;
    if (!isCoordinator(found)) throw new TypeError('kafkajs has no joinGroup, syncGroup and leaveGroup any more');
    hooked.add(found);
    const join = found.joinGroup.bind(found);
    const sync = found.syncGroup.bind(found);
    found.joinGroup = async (request) => {
      await rebalancing.revoked();
      return onceLoaded(join(request));
    };
    const begin = async (request: SyncRequest): ReturnType<typeof sync> => {
      const answer = await sync(request);
      const decoded = kafkajs.AssignerProtocol.MemberAssignment.decode(answer.memberAssignment);
      const partitions = Object.entries(decoded?.assignment ?? {}).flatMap(([topic, numbers]) =>
        numbers.map((partition) => ({ topic, partition })),
      );
      member = new Member(cluster, { coordinator: found, request, partitions });
      await rebalancing.assigned(member);
      return answer;
    };
    found.syncGroup = (request) => onceLoaded(begin(request));
    return found;
  };
  return { leave: async () => member?.leave() };
}

/** A coordinator that is new, or begun anew, reads its groups first. kafkajs takes its word for it as the end; said like this it joins again, as often as it is told to try. */
async function onceLoaded<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Error && 'type' in error && error.type === 'GROUP_LOAD_IN_PROGRESS')) throw error;
    throw Object.assign(new Error(error.message, { cause: error }), { type: 'REBALANCE_IN_PROGRESS' });
  }
}

function isCoordinator(broker: Broker): broker is Coordinator {
  return 'joinGroup' in broker && 'syncGroup' in broker && 'leaveGroup' in broker;
}

class Member implements Assignment {
  readonly partitions: readonly TopicPartition[];
  readonly #cluster: Cluster;
  readonly #coordinator: Coordinator;
  readonly #request: SyncRequest;

  constructor(
    cluster: Cluster,
    as: {
      readonly coordinator: Coordinator;
      readonly request: SyncRequest;
      readonly partitions: readonly TopicPartition[];
    },
  ) {
    this.#cluster = cluster;
    this.#coordinator = as.coordinator;
    this.#request = as.request;
    this.partitions = as.partitions;
  }

  async committed(): Promise<readonly PartitionOffset[]> {
    if (this.partitions.length === 0) return [];
    const topics = byTopic(this.partitions, ({ partition }) => ({ partition, offset: '-1' }));
    const { responses } = await this.#coordinator.offsetFetch({ groupId: this.#request.groupId, topics });
    return flat(responses).filter(({ offset }) => offset >= 0);
  }

  async ends(which: 'first' | 'next'): Promise<readonly PartitionOffset[]> {
    if (this.partitions.length === 0) return [];
    const topics = byTopic(this.partitions, ({ partition }) => ({ partition }));
    return flat(
      await this.#cluster.fetchTopicsOffset(topics.map((topic) => ({ ...topic, fromBeginning: which === 'first' }))),
    );
  }

  count(topic: string): number {
    return this.#cluster.findTopicPartitionMetadata(topic).length;
  }

  async leave(): Promise<void> {
    const { groupId, memberId } = this.#request;
    await this.#coordinator.leaveGroup({ groupId, memberId });
  }

  async commit(offsets: readonly PartitionOffset[]): Promise<void> {
    if (offsets.length === 0) return;
    const { groupId, generationId, memberId } = this.#request;
    await this.#coordinator.offsetCommit({
      groupId,
      groupGenerationId: generationId,
      memberId,
      topics: byTopic(offsets, ({ partition, offset }) => ({ partition, offset: String(offset) })),
    });
  }
}

function byTopic<P extends TopicPartition, T>(
  partitions: readonly P[],
  as: (partition: P) => T,
): { topic: string; partitions: T[] }[] {
  return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, those]) => ({
    topic,
    partitions: those.map(as),
  }));
}

function flat(
  topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
  }[],
): PartitionOffset[] {
  return topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => ({ topic, partition, offset: Number(offset) })),
  );
}
