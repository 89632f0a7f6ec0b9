import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';

/** What kafkajs wants of a codec: `compress` is given its encoder, of which the bytes count. */
interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

/** The codecs that kafkajs lacks, by Kafka's number; gzip (1) is its own. Their libraries are loaded with the first batch that needs one. */
export const CODECS: Readonly<Record<2 | 3 | 4, () => Codec>> = {
  2: () => ({ compress: async ({ buffer }) => snappy().compress(buffer), decompress: unsnapped }),
  3: () => ({
    compress: async ({ buffer }) => (await import('lz4-napi')).compressFrame(buffer),
    decompress: async (buffer) => (await import('lz4-napi')).decompressFrame(buffer),
  }),
  4: () => ({
    compress: async ({ buffer }) => promisify(zstdCompress)(buffer),
    decompress: async (buffer) => promisify(zstdDecompress)(buffer),
  }),
};

/** Java's snappy writes blocks: magic, two versions of 32 bits, then length and block, as often as needed. [xerial snappy-java SnappyOutputStream] */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

async function unsnapped(buffer: Buffer): Promise<Buffer> {
  const { uncompress } = snappy();
  if (!buffer.subarray(0, XERIAL.length).equals(XERIAL)) return uncompress(buffer);
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < buffer.length;) {
    const end = at + 4 + buffer.readInt32BE(at);
    if (end <= at + 4 || end > buffer.length) throw new RangeError('a block of snappy is cut');
    blocks.push(uncompress(buffer.subarray(at + 4, end)));
    at = end;
  }
  return Buffer.concat(blocks);
}

interface Snappy {
  readonly compress: (bytes: Buffer) => Buffer;
  readonly uncompress: (bytes: Buffer) => Buffer;
}

// It comes without types.
function snappy(): Snappy {
  const loaded: unknown = createRequire(import.meta.url)('snappyjs');
  if (!isSnappy(loaded)) throw new TypeError('snappyjs is not what it was');
  return loaded;
}

function isSnappy(loaded: unknown): loaded is Snappy {
  return typeof loaded === 'object' && loaded !== null && 'compress' in loaded && 'uncompress' in loaded;
}
