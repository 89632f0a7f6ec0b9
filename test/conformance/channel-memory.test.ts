import { memoryWorld } from './channel-memory-world.ts';
import { channelSuite } from './channel.ts';

channelSuite('memory', memoryWorld());
channelSuite('memory that outlives its process', memoryWorld({ lasting: true }));
