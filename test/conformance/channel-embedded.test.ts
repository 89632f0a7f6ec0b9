import { embeddedWorld } from './channel-embedded-world.ts';
import { channelCases, channelSuite } from './channel.ts';

channelSuite('embedded', embeddedWorld());

// Queues, rows and tails so small that every subscription falls behind and reads the log again; with 100,000 pending the rows alone are over the limit.
channelSuite(
  'embedded, always behind',
  embeddedWorld({
    settings: { queueEntries: 8, dueRows: 10, rowsMax: 200, readEntries: 7 },
    options: { segmentBytes: 65_536, tailEntries: 10, tailBytes: 20_000 },
  }),
  channelCases.filter(({ name }) => name !== 'memory stays bounded with 100,000 pending'),
);
