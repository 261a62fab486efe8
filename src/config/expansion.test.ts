import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expand, hasExpansion } from './expansion.ts';

const files = new Map([
  ['/etc/graphpost/secret', 'hunter2\n'],
  ['/run/crlf', 'one\r\ntwo\r\n'],
  ['/run/two-breaks', 'x\n\n'],
  ['/run/reference', '${NAME}'],
]);

const sources = {
  env: { NAME: 'value', EMPTY: '', ODD: 'a: b # c ${NAME}', FOLDER: '/run' },
  folder: '/etc/graphpost',
  readFile(path: string): string {
    const text = files.get(path);
    if (text === undefined) throw Object.assign(new Error('absent'), { code: 'ENOENT' });
    return text;
  },
};

describe('expand()', () => {
  test.each([
    ['${NAME}', 'value'],
    ['<${NAME}-${NAME}>', '<value-value>'],
    ['${EMPTY}', ''],
    ['${EMPTY:-default}', 'default'],
    ['${UNSET:-default}', 'default'],
    ['${UNSET:-}', ''],
    ['${NAME:-default}', 'value'],
    ['${UNSET:-${NAME}}', 'value'],
    ['${UNSET:-${UNSET:-deep}}!', 'deep!'],
    ['${UNSET:-a:-b}', 'a:-b'],
    ['$${NAME}', '${NAME}'],
    ['$$${NAME}', '$${NAME}'],
    ['$NAME and $5', '$NAME and $5'],
    ['$scrypt$ln=14,r=8,p=1$c2FsdA$aGFzaA', '$scrypt$ln=14,r=8,p=1$c2FsdA$aGFzaA'],
    ['${file:secret}', 'hunter2'],
    ['${file:/etc/graphpost/secret}', 'hunter2'],
    ['${file:/run/crlf}', 'one\r\ntwo'],
    ['${file:/run/two-breaks}', 'x\n'],
    ['${file:${FOLDER}/crlf}', 'one\r\ntwo'],
    ['${UNSET:-${file:secret}}', 'hunter2'],
    ['${file:${UNSET:-}}', ''],
  ])('%s becomes %j', (text, expected) => {
    expect(expand(text, sources)).toMatchObject({ text: expected, faults: [] });
  });

  test('takes what a variable or a file holds as it is', () => {
    expect(expand('${ODD}', sources).text).toBe('a: b # c ${NAME}');
    expect(expand('${file:/run/reference}', sources).text).toBe('${NAME}');
  });

  test.each([
    ['${UNSET}', 'the variable UNSET is not set'],
    ['${__proto__}', 'the variable __proto__ is not set'],
    ['${UNSET:-${OTHER}}', 'the variable OTHER is not set'],
    ['${NAME', '"${" is never closed by "}"'],
    ['${}', '"${" wants the name of a variable, or "file:" and a path'],
    ['${NAME:?}', '"${" wants the name of a variable, or "file:" and a path'],
    ['${file:}', '"${file:}" names no file'],
    ['${file:absent}', 'the file absent does not exist'],
    ['${file:${FOLDER}/absent}', 'the file ${FOLDER}/absent does not exist'],
  ])('%s is a fault', (text, fault) => {
    expect(expand(text, sources).faults).toEqual([fault]);
  });

  test('names every fault of a text', () => {
    expect(expand('${A}${B}', sources).faults).toHaveLength(2);
  });

  test('names the files that it read, or would have', () => {
    expect(expand('${file:secret}${file:absent}', sources).files).toEqual([
      '/etc/graphpost/secret',
      '/etc/graphpost/absent',
    ]);
  });

  test('leaves a text without references alone', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!hasExpansion(text));
        expect(expand(text, sources).text).toBe(text);
      }),
    );
  });

  test('inverts the escaping of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'a') }), (text) => {
        const escaped = text.split('${').join('$${');
        expect(expand(escaped, sources).text).toBe(text);
      }),
    );
  });
});
