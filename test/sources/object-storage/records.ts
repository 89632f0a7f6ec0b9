/** A record as S3 writes it; `over` replaces members. [AWS S3 "Event message structure"] */
export function record(
  over: {
    readonly key?: string;
    readonly name?: string;
    readonly request?: string;
    readonly version?: string;
    readonly sequencer?: string;
    readonly source?: string;
    readonly region?: string;
    readonly bucket?: string;
    readonly time?: string;
  } = {},
): object {
  const { bucket = 'photos', request = 'C3D13FE58DE4C810' } = over;
  return {
    eventVersion: '2.1',
    eventSource: over.source ?? 'aws:s3',
    awsRegion: over.region ?? 'us-west-2',
    eventTime: over.time ?? '1970-01-01T00:00:00.000Z',
    eventName: over.name ?? 'ObjectCreated:Put',
    userIdentity: { principalId: 'AIDAJDPLRKLG7UEXAMPLE' },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    ...(request === ''
      ? {}
      : {
          responseElements: {
            'x-amz-request-id': request,
            'x-amz-id-2': 'FMyUVURIY8/IgAtTv8xRjskZQpcIZ9KG4V5Wp6S7S/JRWeUWerMUE5JgHvANOjpD',
          },
        }),
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'testConfigRule',
      bucket: { name: bucket, ownerIdentity: { principalId: 'A3NL1KOZZKExample' }, arn: `arn:aws:s3:::${bucket}` },
      object: {
        key: over.key ?? 'HappyFace.jpg',
        size: 1024,
        eTag: 'd41d8cd98f00b204e9800998ecf8427e',
        ...(over.version === undefined ? {} : { versionId: over.version }),
        sequencer: over.sequencer ?? '0055AED6DCD90281E5',
      },
    },
  };
}

/** A notification of some records. */
export function notification(...records: readonly object[]): { readonly Records: readonly object[] } {
  return { Records: records };
}
