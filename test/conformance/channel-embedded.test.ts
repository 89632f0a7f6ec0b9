import { embeddedWorld } from './channel-embedded-world.ts';
import { channelSuite } from './channel.ts';

channelSuite('embedded', embeddedWorld());
