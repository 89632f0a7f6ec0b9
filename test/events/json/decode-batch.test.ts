import { describe, expect, test } from 'vitest';
import { decodeJsonBatch } from '../../../events/json/decode.ts';
import { refusal } from '../refusal.ts';
import { bytes, plain, REQUIRED } from '../samples.ts';

describe('a batch', () => {
  const good = JSON.stringify(REQUIRED);

  test('is its events in their order, each with its own memory [JSON format 4]', () => {
    const events = decodeJsonBatch(
      bytes(
        ` [ ${JSON.stringify({ ...REQUIRED, data: 'a' })} , ${JSON.stringify({ ...REQUIRED, id: '2', data_base64: 'AA==' })} ] `,
      ),
    );
    expect(events.map(plain)).toEqual([
      { attributes: { ...REQUIRED, datacontenttype: 'application/json' }, data: '226122' },
      { attributes: { ...REQUIRED, id: '2' }, data: '00' },
    ]);
  });

  test('may be empty', () => expect(decodeJsonBatch(bytes(' [ ] '))).toEqual([]));

  test.each([
    [good, undefined],
    ['"a"', undefined],
    ['["not an object"]', '[0]'],
    [`[${good},[]]`, '[1]'],
    [`[${good},{"specversion":"1.0"}]`, '[1].id'],
    [`[${good},${good.replace('1.0', '0.3')}]`, '[1].specversion'],
    [`[${good.replace('"id"', '"my.ext":1,"id"')}]`, '[0].my.ext'],
  ])('%s is none', (body, path) => {
    expect(refusal(() => decodeJsonBatch(bytes(body)))).toMatchObject({ code: 'batch-invalid', path });
  });

  test.each([
    '',
    '[',
    `[${good}`,
    `[${good},]`,
    `[,${good}]`,
    `[${good} ${good}]`,
    `[${good}]]`,
    `[${good.slice(0, -1)}]`,
  ])('%s is no JSON', (body) => {
    expect(refusal(() => decodeJsonBatch(bytes(body)))).toMatchObject({ code: 'json-invalid' });
  });

  test('says what is wrong with which event, in one line', () => {
    expect(refusal(() => decodeJsonBatch(bytes(`[${good},{"specversion":"1.0"}]`)))?.message).toMatch(
      /^\[1\]\.id: is missing/,
    );
  });
});
