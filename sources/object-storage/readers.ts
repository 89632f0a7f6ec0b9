import type { ObjectStorageProvider } from '../../crds/object-storage-http.ts';
import { readAzure } from './event-grid.ts';
import type { Reader } from './notification.ts';
import { readOss } from './oss.ts';
import { readGcs } from './pub-sub.ts';
import { readS3 } from './s3-notification.ts';

/** As many as Event Grid puts into one request; everybody else sends few. */
const PIECES_MAX = 5000;

/** How the notifications of each provider are read. What nests too deep to be written again, or tells of more than 5000 things, is unusable as a whole. */
export const READERS: Readonly<Record<ObjectStorageProvider, Reader>> = {
  s3: bounded(readS3),
  minio: bounded(readS3),
  // With `cloudevents=true` the record is in the body too, and the event is made of it: so it is the same whether Ceph was asked to make one or not, whatever type it spells.
  ceph: bounded(readS3),
  gcs: bounded(readGcs),
  azure: bounded(readAzure),
  oss: bounded(readOss),
};

/** A megabyte can hold half a million records of nothing, each of which would become an event, and lists as deep as it is long, which can be parsed but not written. */
function bounded(read: Reader): Reader {
  return (notification) => {
    const { body: data } = notification;
    try {
      const pieces = read(notification);
      if (pieces.length <= PIECES_MAX) return pieces;
      return [
        { reason: `the notification tells of ${pieces.length} things, more than the ${PIECES_MAX} of one`, data },
      ];
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return [{ reason: 'the notification nests too deep', data }];
    }
  };
}
