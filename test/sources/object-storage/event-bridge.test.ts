import { describe, expect, test } from 'vitest';
import { readFlat } from './read.ts';

/** An event of S3 as EventBridge sends it; `over` replaces members of it and of its detail. [AWS S3 "EventBridge event message structure"] */
function envelope(detailType: string, detail: object = {}, over: object = {}): object {
  return {
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': detailType,
    source: 'aws.s3',
    account: '111122223333',
    time: '2021-11-12T00:00:00Z',
    region: 'ca-central-1',
    resources: ['arn:aws:s3:::amzn-s3-demo-bucket1'],
    detail: {
      version: '0',
      bucket: { name: 'amzn-s3-demo-bucket1' },
      object: { key: 'example-key', size: 5, etag: 'b1946ac92492d2347c6235b4d2611184', sequencer: '617f08299329d189' },
      'request-id': 'N4N7GDK58NMKJ12R',
      requester: '123456789012',
      'source-ip-address': '1.2.3.4',
      ...detail,
    },
    ...over,
  };
}

describe('an event of S3 by way of EventBridge', () => {
  test('has its own id and time, and the type, source and subject that it would have by way of SNS', () => {
    const body = envelope('Object Created', { reason: 'PutObject' });
    expect(readFlat('s3', body)).toEqual([
      {
        specversion: '1.0',
        id: '17793124-05d4-b198-2fde-7ededc63b103',
        source: 'aws:s3.ca-central-1.amzn-s3-demo-bucket1',
        type: 'com.amazonaws.s3.ObjectCreated:Put',
        subject: 'example-key',
        time: '2021-11-12T00:00:00Z',
        datacontenttype: 'application/json',
        data: body,
      },
    ]);
  });

  test.each([
    ['Object Created', { reason: 'POST Object' }, 'ObjectCreated:Post'],
    ['Object Created', { reason: 'CopyObject' }, 'ObjectCreated:Copy'],
    ['Object Created', { reason: 'CompleteMultipartUpload' }, 'ObjectCreated:CompleteMultipartUpload'],
    ['Object Created', { reason: 'New Way' }, 'ObjectCreated:NewWay'],
    ['Object Deleted', { reason: 'DeleteObject', 'deletion-type': 'Permanently Deleted' }, 'ObjectRemoved:Delete'],
    [
      'Object Deleted',
      { reason: 'DeleteObject', 'deletion-type': 'Delete Marker Created' },
      'ObjectRemoved:DeleteMarkerCreated',
    ],
    [
      'Object Deleted',
      { reason: 'Lifecycle Expiration', 'deletion-type': 'Permanently Deleted' },
      'LifecycleExpiration:Delete',
    ],
    [
      'Object Deleted',
      { reason: 'Lifecycle Expiration', 'deletion-type': 'Delete Marker Created' },
      'LifecycleExpiration:DeleteMarkerCreated',
    ],
    ['Object Restore Initiated', {}, 'ObjectRestore:Post'],
    ['Object Restore Completed', {}, 'ObjectRestore:Completed'],
    ['Object Restore Expired', {}, 'ObjectRestore:Delete'],
    ['Object Storage Class Changed', {}, 'LifecycleTransition'],
    ['Object Access Tier Changed', {}, 'IntelligentTiering'],
    ['Object ACL Updated', {}, 'ObjectAcl:Put'],
    ['Object Tags Added', {}, 'ObjectTagging:Put'],
    ['Object Tags Deleted', {}, 'ObjectTagging:Delete'],
    ['Object Eaten', {}, 'ObjectEaten'],
  ])('%s %j is %s', (detailType, detail, name) => {
    expect(readFlat('s3', envelope(detailType, detail))[0]?.['type']).toBe(`com.amazonaws.s3.${name}`);
  });

  test('names its key as it is: nothing is decoded', () => {
    const [event] = readFlat('s3', envelope('Object Created', { object: { key: 'a+b %41.txt' } }));
    expect(event?.['subject']).toBe('a+b %41.txt');
  });

  test('that is of another service is a dead letter', () => {
    expect(readFlat('s3', envelope('EC2 Instance Launched', {}, { source: 'aws.ec2' }))).toMatchObject([
      { deadletterreason: expect.stringContaining('EventBridge') },
    ]);
  });
});
