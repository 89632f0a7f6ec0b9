import { writeSync } from 'node:fs';
import { nodeDisk } from '../../channels/embedded/disk.ts';
import { openFolder } from '../../channels/embedded/folder.ts';
import { systemClock } from '../../events/clock.ts';
import { subscription, entry, BROKER, owned } from './embedded-entries.ts';

/** Appends batches of three to the folder it is given until it is killed; each line it writes names a batch that was acknowledged. */
const [, , path = ''] = process.argv;
const log = { debug() {}, info() {}, warn() {}, error() {} };
const fatal = (error: Error): void => {
  throw error;
};
const folder = await openFolder(path, { clock: systemClock, log, disk: nodeDisk, fatal }, { segmentBytes: 64 * 1024 });
const logs = await folder.openLogs(BROKER);
await logs.declare(subscription('default/a'));
writeSync(1, 'ready\n');

async function appender(number: number): Promise<never> {
  for (let i = 0; ; i += 1) {
    const batch = `${number} ${process.pid}${String(i).padStart(6, '0')}`;
    await logs.append(['a', 'b', 'c'].map((part) => entry(`${batch} ${part}`, { data: new Uint8Array(i % 700) })));
    writeSync(1, `${batch}\n`);
  }
}

async function writer(): Promise<void> {
  await owned(logs, async (held) => {
    for (let position = 0; ; position += 1) {
      const row = { subscription: 'default/a', position, generation: 1 };
      await held.write([
        { kind: 'row', row },
        ...(position > 50 ? [{ kind: 'remove', subscription: 'default/a', position: position - 50 } as const] : []),
      ]);
    }
  });
}

await Promise.all([writer(), ...Array.from({ length: 8 }, (_, number) => appender(number))]);
