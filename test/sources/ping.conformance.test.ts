import { pingKind } from '../../sources/ping-kind.ts';
import { sourceSuite } from '../conformance/source.ts';
import { instance } from './source-world.ts';

sourceSuite(() => ({
  kind: pingKind,
  instance: instance('PingSource', {
    sink: { uri: 'http://sink.example' },
    schedule: '* * * * *',
    data: 'tick',
    contentType: 'text/plain',
  }),
  happen: (world, count) => world.clock.advance(count * 60_000),
}));
