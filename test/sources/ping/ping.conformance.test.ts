import { pingKind } from '../../../sources/ping/kind.ts';
import { sourceSuite } from '../../conformance/source.ts';
import { instance } from '../source-world.ts';

const MISSED = 'a tick that is due while nothing runs is counted as missed, not fired';
const SPEC = {
  sink: { uri: 'http://sink.example' },
  schedule: '* * * * *',
  data: 'tick',
  contentType: 'text/plain',
};

sourceSuite('PingSource', () => ({
  kind: pingKind,
  instance: instance('PingSource', SPEC),
  happen: (world, count) => world.clock.advance(count * 60_000),
  clock: 'fake',
  position: 'kept',
  wrong: { spec: { ...SPEC, schedule: 'often' }, path: 'spec.schedule' },
  skips: {
    'what was not accepted when it was stopped comes again': MISSED,
    'what happens while it is away comes when it is back': MISSED,
  },
}));
