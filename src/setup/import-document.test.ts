import fc from 'fast-check';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { expand, hasExpansion } from '../config/expansion.ts';
import { formatDocument, inFile, remarked } from './import-document.ts';

describe('formatDocument()', () => {
  test('puts remarks above what they are about, and leaves out what is undefined', () => {
    const yaml = formatDocument(
      {
        listeners: remarked('All of them', [{ name: 'apps', tls: undefined }]),
        from: { force: remarked('Always', 'always'), defaults: ['root@*'] },
      },
      ['Made by hand.'],
    );
    expect(yaml).toBe(`# Made by hand.

# All of them
listeners:
  - name: apps

from:
  # Always
  force: always
  defaults: [root@*]
`);
  });

  test('breaks long remarks into lines', () => {
    const lines = formatDocument({ a: remarked('word '.repeat(60).trim(), 1) }, []).split('\n');
    expect(lines).toHaveLength(6);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(97);
  });

  test('refers to a file in quotes, so that a secret of digits stays text', () => {
    expect(formatDocument({ secret: inFile('secrets/main') }, [])).toBe(
      `secret: '\${file:secrets/main}'\n`,
    );
  });

  test('keeps every text as it is, whatever YAML and the loader would make of it', () => {
    const sources = { env: {}, readFile: () => 'expanded', folder: '/' };
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('${HOME}', '$${', 'yes', '017')),
        (text) => {
          const read: unknown = parse(formatDocument({ key: text, list: [text] }, []));
          const back = (value: unknown) => {
            const written = String(value);
            return hasExpansion(written) ? expand(written, sources).text : written;
          };
          expect(read).toMatchObject({ key: expect.any(String), list: [expect.any(String)] });
          if (typeof read !== 'object' || read === null) return;
          expect(back(Reflect.get(read, 'key'))).toBe(text);
        },
      ),
    );
  });
});
