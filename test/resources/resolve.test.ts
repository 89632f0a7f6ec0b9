import { describe, expect, test } from 'vitest';
import type { Destination } from '../../crds/destination.ts';
import { Directory } from '../../resources/directory.ts';
import { resolve, type Resolution } from '../../resources/resolve.ts';
import { parseMap, type World } from '../../resources/world.ts';
import { broker, configMap, foreign, service, snapshot, world } from './fixtures.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n';
const TRUSTED = {
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  namespace: 'default',
  name: 'both',
  addresses: [
    { name: 'http', url: 'http://both.example' },
    { name: 'https', url: 'https://both.example', CACerts: PEM },
  ],
};
const DIRECTORY = new Directory(
  snapshot(
    [
      broker('default'),
      service('web', { annotations: { 'weir.dev/address': 'http://127.0.0.1:9000/in' } }),
      service('bare'),
      configMap('note', {}),
    ],
    {
      foreign: [
        foreign('Service', 'fn', 'http://fn.example/base/'),
        foreign('InMemoryChannel', 'pipe', 'http://pipe/'),
        TRUSTED,
      ],
    },
  ),
);

function resolved(destination: Destination, changes: Partial<World> = {}): Resolution {
  return resolve(destination, { namespace: 'default', path: 'spec.sink', directory: DIRECTORY, world: world(changes) });
}

/** A reference, as `to('v1 Service', 'web')`. */
function to(what: string, name: string, more: object = {}): Destination {
  const [apiVersion = '', kind = ''] = what.split(' ');
  return { ref: { apiVersion, kind, name, ...more } };
}

const KNATIVE = 'serving.knative.dev/v1 Service';

describe('a destination leads', () => {
  const table: readonly (readonly [string, Destination, Resolution, Partial<World>?])[] = [
    ['to its uri', { uri: 'https://a/b?c' }, { target: { url: 'https://a/b?c', broker: false } }],
    [
      'with its certificates',
      { uri: 'https://a/', CACerts: PEM },
      { target: { url: 'https://a/', broker: false, caCerts: PEM } },
    ],
    [
      'to a Broker of ours, which reads the hop count',
      to('eventing.knative.dev/v1 Broker', 'default'),
      {
        target: { url: 'http://127.0.0.1:8080/default/default', broker: true },
        broker: { namespace: 'default', name: 'default' },
      },
    ],
    [
      'to an annotated address',
      to('v1 Service', 'web'),
      { target: { url: 'http://127.0.0.1:9000/in', broker: false } },
    ],
    ['to a foreign address', to(KNATIVE, 'fn'), { target: { url: 'http://fn.example/base/', broker: false } }],
    [
      'to one of several addresses, by name, with its certificates',
      to(KNATIVE, 'both', { address: 'https' }),
      { target: { url: 'https://both.example', broker: false, caCerts: PEM } },
    ],
    [
      'by --map, before all else, the kind in any case',
      to('v1 Service', 'web'),
      { target: { url: 'http://mapped/', broker: false } },
      { map: parseMap(['default/SERVICE/web=http://mapped/']) },
    ],
    [
      'by --map to a Channel, which reads the hop count',
      to('messaging.knative.dev/v1 Channel', 'x', { namespace: 'other' }),
      { target: { url: 'http://mapped/', broker: true } },
      { map: parseMap(['other/channel/x=http://mapped/']) },
    ],
    [
      "in a cluster, to a Service's name [C29]",
      to('v1 Service', 'bare'),
      { target: { url: 'http://bare.default.svc.cluster.local', broker: false } },
      { clusterDomain: 'cluster.local' },
    ],
    [
      'to a uri relative to a ref [C30]',
      { ...to(KNATIVE, 'fn'), uri: 'in?x=1' },
      { target: { url: 'http://fn.example/base/in?x=1', broker: false } },
    ],
    [
      'to a path from the root of a ref [C30]',
      { ...to(KNATIVE, 'fn'), uri: '/in' },
      { target: { url: 'http://fn.example/in', broker: false } },
    ],
  ];
  test.each(table.map(([title, ...rest]) => [title, rest] as const))('%s', (_title, [destination, result, changes]) => {
    expect(resolved(destination, changes)).toEqual(result);
  });
});

describe('a destination leads nowhere [C31]', () => {
  const table: readonly (readonly [string, Destination, string])[] = [
    [
      'a Service without address, outside a cluster',
      to('v1 Service', 'bare'),
      'spec.sink.ref: the address of Service default/bare is not known; give it the annotation weir.dev/address, or start weir with --map default/service/bare=URL',
    ],
    [
      'a Broker that is not declared',
      to('eventing.knative.dev/v1 Broker', 'x', { namespace: 'other' }),
      'spec.sink.ref: the address of Broker other/x is not known; declare it, or start weir with --map other/broker/x=URL',
    ],
    [
      'an object of the same kind in another group',
      to('v1 Service', 'fn'),
      'spec.sink.ref: the address of Service default/fn is not known; give it the annotation weir.dev/address, or start weir with --map default/service/fn=URL',
    ],
    [
      'an address of another name',
      to(KNATIVE, 'both', { address: 'ftp' }),
      'spec.sink.ref.address: Service default/both has no address "ftp"; it has http, https',
    ],
    [
      'a uri that leaves http',
      { ...to(KNATIVE, 'fn'), uri: 'mailto:a@b' },
      'spec.sink.uri: "mailto:a@b" leads nowhere from http://fn.example/base/',
    ],
    [
      'a token that is asked for',
      { uri: 'http://a/', audience: 'x' },
      'spec.sink.audience: tokens are not served yet; leave it out to send without one',
    ],
  ];
  test.each(table)('%s', (_title, destination, message) => {
    expect(resolved(destination)).toMatchObject({ message });
  });
});

describe('--map', () => {
  test.each([
    'x',
    'a/b=http://x',
    'a/b/c',
    'a/b/c=x',
    'a/b/c=ftp://x',
    '/b/c=http://x',
    'a/b/c/d=http://x',
    'a/b/c=http://u:p@x',
  ])('%s is refused', (flag) => {
    expect(() => parseMap([flag])).toThrow('write --map <namespace>/<kind>/<name>=URL');
  });

  test('that says two things of one object is refused', () => {
    expect(() => parseMap(['a/b/c=http://x', 'a/B/c=http://y'])).toThrow('--map a/b/c: is given twice');
    expect(parseMap(['a/b/c=http://x', 'a/B/c=http://x']).size).toBe(1);
  });
});
