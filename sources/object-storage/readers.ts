import type { ObjectStorageProvider } from '../../crds/object-storage-http.ts';
import { readAzure } from './event-grid.ts';
import type { Reader } from './notification.ts';
import { readOss } from './oss.ts';
import { readGcs } from './pub-sub.ts';
import { readS3 } from './s3-notification.ts';

/** How the notifications of each provider are read. */
export const READERS: Readonly<Record<ObjectStorageProvider, Reader>> = {
  s3: readS3,
  minio: readS3,
  // With `cloudevents=true` the record is in the body too, and the event is made of it: so it is the same whether Ceph was asked to make one or not, whatever type it spells.
  ceph: readS3,
  gcs: readGcs,
  azure: readAzure,
  oss: readOss,
};
