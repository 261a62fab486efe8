import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentOf, lines } from '../../test/support/content.ts';
import type { Entity } from './outline-entity.ts';
import { scanEntities } from './outline-scan.ts';

/** What stands at a place of the message, so that a test can say what it means. */
interface Place {
  readonly type: string;
  readonly header: string;
  readonly content: string;
  readonly decodedBytes: number;
  readonly children: readonly Place[];
}

async function scan(message: string, pieceBytes?: number): Promise<Place | undefined> {
  const root = await scanEntities(contentOf(message, pieceBytes));
  return root && placeOf(root, message);
}

/** In pieces of these sizes, over and over; each is overwritten before the next one. */
async function scanInPieces(message: string, sizes: readonly number[]): Promise<Place | undefined> {
  const bytes = Buffer.from(message, 'latin1');
  const read = async function* () {
    for (let at = 0, count = 0; at < bytes.length; count++) {
      const size = sizes[count % sizes.length] ?? 1;
      const piece = Buffer.from(bytes.subarray(at, at + size));
      yield piece;
      piece.fill('-');
      at += size;
    }
  };
  const root = await scanEntities({ sizeBytes: bytes.length, read });
  return root && placeOf(root, message);
}

const sizes = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 400 })),
  {
    minLength: 1,
  },
);

function placeOf(entity: Entity, message: string): Place {
  const { contentType, headerStart, start, end, decodedBytes, children } = entity;
  return {
    type: contentType,
    header: message.slice(headerStart, start),
    content: message.slice(start, end),
    decodedBytes,
    children: children.map((child) => placeOf(child, message)),
  };
}

function contentsOf({ content, children }: Place): readonly string[] {
  return children.length === 0 ? [content] : children.flatMap(contentsOf);
}

const mixed = (boundary: string) => `Content-Type: multipart/mixed; boundary="${boundary}"`;

describe('scanEntities() finds the parts', () => {
  test.each<[string, string, readonly string[]]>([
    [
      'of a multipart that never ends',
      lines(mixed('b'), '', '--b', '', 'one', '--b', '', 'two'),
      ['one', 'two\r\n'],
    ],
    [
      'behind an inner multipart that never ends',
      lines(mixed('b'), '', '--b', mixed('c'), '', '--c', '', 'in', '--b', '', 'out', '--b--'),
      ['in', 'out'],
    ],
    [
      'between boundaries that begin alike',
      lines(
        ...[mixed('b'), '', '--b', mixed('b1'), '', '--b1', '', '--b2', '--b1', '', 'x--b'],
        ...['--b1--', '--b', '', '--b1', '--b--'],
      ),
      ['--b2', 'x--b', '--b1'],
    ],
    [
      'between delimiters with blanks',
      lines(mixed('b'), '', '--b  ', '', 'one', '--b\t', '', 'two', '--b-- '),
      ['one', 'two'],
    ],
    [
      'of a boundary with blanks in it',
      lines(mixed('a b'), '', '--a b', '', '--a', '--a b--'),
      ['--a'],
    ],
    [
      'without content',
      lines(mixed('b'), '', '--b', '', '--b', '', '', '--b', '', '', '', '--b--'),
      ['', '', '\r\n'],
    ],
    [
      'that are all header',
      lines(mixed('b'), '', '--b', 'X: y', '--b', 'X: z', ' --b', '--b--'),
      ['', ''],
    ],
    [
      'with lines that are nearly delimiters',
      lines(mixed('b'), '', '--b', '', '--', '-', '--b-', '--bb', ' --b', '--B', '--b--c', '--b--'),
      ['--\r\n-\r\n--b-\r\n--bb\r\n --b\r\n--B\r\n--b--c'],
    ],
    [
      'before an epilogue that closes once more',
      lines(mixed('b'), '', 'preamble', '--b', '', 'one', '--b--', 'epilogue', '--b--', '--'),
      ['one'],
    ],
    [
      'when the message ends with the last delimiter',
      lines(mixed('b'), '', '--b', '', 'one', '--b--').trimEnd(),
      ['one'],
    ],
    [
      'when the message ends with a header',
      lines(mixed('b'), '', '--b', '', 'one', '--b', 'X: y').trimEnd(),
      ['one', ''],
    ],
  ])('%s', async (_what, message, contents) => {
    const root = await scan(message);
    expect(root && contentsOf(root)).toEqual(contents);
  });

  test.each([
    ['a closing delimiter before any part', lines('--b--', '--b', '', 'one', '--b--')],
    ['a part behind the closing delimiter', lines('--b', '', 'one', '--b--', '--b', '', 'two')],
    ['a delimiter right behind another', lines('--b', '--b', '', 'one', '--b--')],
    ['a delimiter at the very end', lines('--b', '', 'one', '--b')],
    ['half a delimiter at the very end', lines('--b', '', 'one', '--b').trimEnd()],
    ['a part that is no header, and has no empty line', lines('--b', 'one', '--b--')],
    ['a delimiter behind a LF alone', '--b\r\n\r\none\n--b\r\n\r\ntwo\r\n--b--\r\n'],
    ['a delimiter before a LF alone', '--b\r\n\r\none\r\n--b\n\r\ntwo\r\n--b--\r\n'],
    ['a delimiter before a CR alone', '--b\r\n\r\none\r\n--b\r\r\n\r\ntwo\r\n--b--\r\n'],
    ['an empty line of a LF alone', '--b\r\nX: y\n\none\r\n\r\ntwo\r\n--b--\r\n'],
    [
      'a delimiter with 2,000 blanks',
      lines('--b', '', 'one', `--b${' '.repeat(2_000)}`, '', 'two'),
    ],
    ['two multiparts with the same boundary', lines('--b', mixed('b'), '', '--b', '', '--b--')],
    [
      'a delimiter that closes one multipart, or begins a part of another',
      lines('--b', mixed('b--'), '', '--b--', '', 'one', '--b----', '--b--'),
    ],
    ['a header of more than 512 KiB', lines('--b', `X: ${'y'.repeat(524_288)}`, '', '--b--')],
    ['a header of 10,000 lines', lines('--b', ...Array<string>(10_000).fill('X:'), '', '--b--')],
  ])('or tells that readers see different ones: %s', async (_what, body) => {
    const message = lines(mixed('b'), '') + body;
    for (const pieceBytes of [1_000, 65_536, 1_000_000]) {
      expect(await scan(message, pieceBytes)).toBeUndefined();
    }
  });
});

/** A part as it is meant; `raw` is what stands between two delimiters. */
interface Made {
  readonly raw: string;
  readonly place: Place;
}

const boundaryAt = (depth: number) => `b${'1'.repeat(depth)}`;
const isDelimiter = /^--b1*(--)?[ \t]*$/m;

const text = fc
  .array(
    fc.constantFrom(
      ...['--', '-', '--b', 'b1', '\r\n', '\r\n--', '\r\n-', ' ', 'text', '\r\n\r\n', 'é'],
    ),
    { maxLength: 12 },
  )
  .map((tokens) => tokens.join(''))
  .filter((content) => !isDelimiter.test(content));

const leaf: fc.Arbitrary<Made> = fc
  .oneof(
    text.map((content) => ({ content, encoding: '8bit', decodedBytes: content.length })),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => ({
      content: Buffer.from(bytes).toString('base64').replaceAll(/.{76}/g, '$&\r\n'),
      encoding: 'base64',
      decodedBytes: bytes.length,
    })),
  )
  .chain(({ content, encoding, decodedBytes }) =>
    fc.constantFrom('image/png', 'message/rfc822', 'text/plain').map((type) => {
      const said = [`Content-Type: ${type}`, `Content-Transfer-Encoding: ${encoding}`];
      const header = lines(...said, '');
      const place = { type, header, content, decodedBytes, children: [] };
      return { raw: header + content, place };
    }),
  );

function multipart(depth: number): fc.Arbitrary<Made> {
  const child = depth < 4 ? fc.oneof(leaf, multipart(depth + 1)) : leaf;
  return fc
    .record({
      children: fc.array(child, { minLength: 1, maxLength: 3 }),
      preamble: text,
      epilogue: fc.option(text, { nil: undefined }),
      padding: fc.constantFrom('', ' ', '\t  '),
    })
    .map(({ children, preamble, epilogue, padding }) => {
      const boundary = boundaryAt(depth);
      const header = lines(mixed(boundary), '');
      const before = preamble === '' ? '' : `${preamble}\r\n`;
      const parts = children.map(({ raw }) => `--${boundary}${padding}\r\n${raw}\r\n`).join('');
      const after = epilogue === undefined ? '' : `--${boundary}--${padding}\r\n${epilogue}`;
      const raw = header + before + (after === '' ? parts.slice(0, -2) : parts + after);
      const places = children.map(({ place }) => place);
      const type = 'multipart/mixed';
      return { raw, place: { type, header, content: '', decodedBytes: 0, children: places } };
    });
}

describe('scanEntities()', () => {
  test('finds again what was put together, to the byte', async () => {
    await fc.assert(
      fc.asyncProperty(multipart(0), sizes, async (made, cuts) => {
        expect(await scanInPieces(made.raw, cuts)).toEqual(made.place);
      }),
      { numRuns: 300 },
    );
  });

  test('takes a header of 512 KiB, and a delimiter behind it that is cut in two', async () => {
    const start = lines(mixed('b'), '', '--b');
    const header = lines(`X: ${'y'.repeat(524_288 - 'X: \r\n'.length)}`);
    const pieceBytes = start.length + header.length + '--b'.length;
    const root = await scan(`${start}${header}--b--\r\n`, pieceBytes);
    expect(root?.children).toMatchObject([{ header, content: '' }]);
  });

  test('comes to the same however the message is cut, whatever its bytes', async () => {
    const token = fc.constantFrom(
      ...['\r\n', '\r', '\n', '-', '--', '--b', '--b\r\n', '\r\n--b', '--b--', '--c\r\n', ' ', 'a'],
      ...['\r\n\r\n', '--b\r\n\r\n', 'X: y\r\n', `${mixed('c')}\r\n`, '\r\n--b\r\n\r\ntext\r\n'],
      ...['Content-Transfer-Encoding: base64\r\n', 'QUJD', '=', '=C3=A9'],
      ...['Content-Transfer-Encoding: quoted-printable\r\n', 'Content-Type: message/rfc822\r\n'],
    );
    const message = fc
      .array(token, { maxLength: 30 })
      .map((tokens) => `${mixed('b')}\r\n${tokens.join('')}`);
    await fc.assert(
      fc.asyncProperty(message, sizes, async (raw, cuts) => {
        expect(await scanInPieces(raw, cuts)).toEqual(await scan(raw));
      }),
      { numRuns: 2_000 },
    );
  });
});
