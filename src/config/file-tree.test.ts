import { describe, expect, test } from 'vitest';
import { nodeAt, type FileNode, type Path } from './file-node.ts';
import { readTree, type FileTree } from './file-tree.ts';
import { parseYaml } from './yaml-text.ts';

const sources = {
  env: {
    NUMBER: '42',
    WORD: 'yes: no # maybe',
    TRUE: 'true',
    NULL: 'null',
    LEADING: '007',
    EMPTY: '',
  },
  folder: '/etc/graphpost',
  readFile: (path: string) => `content of ${path}\n`,
};

function treeOf(text: string): FileTree {
  return readTree(parseYaml(text).document, sources);
}

function nodeOf(text: string, path: Path = ['a']): FileNode | undefined {
  return nodeAt(treeOf(text).root, path);
}

describe('readTree() types', () => {
  test.each([
    ['a: ${NUMBER}', 42],
    ['a: "${NUMBER}"', '42'],
    ["a: '${NUMBER}'", '42'],
    ['a: ${NUMBER}0', 420],
    ['a: x${NUMBER}', 'x42'],
    ['a: ${TRUE}', true],
    ['a: "${TRUE}"', 'true'],
    ['a: ${NULL}', 'null'],
    ['a: ${WORD}', 'yes: no # maybe'],
    ['a: |-\n  ${NUMBER}', '42'],
    ['a: 42', 42],
    ['a: "42"', '42'],
    ['a: 1.50', 1.5],
    ['a: no', 'no'],
    ['a: $${NUMBER}', '${NUMBER}'],
    ['{ a: ${NUMBER} }', 42],
    ['{ a: ${UNSET:-b,c} }', 'b,c'],
    ['a: ${file:secret}', 'content of /etc/graphpost/secret'],
  ])('%j', (text, value) => {
    expect(nodeOf(text)).toMatchObject({ kind: 'scalar', value });
  });

  test.each([
    ['a: 007', '007'],
    ['a: ${LEADING}', '007'],
    ['a: 1.50', '1.50'],
  ])('%j, and keeps its text', (text, written) => {
    expect(nodeOf(text)).toMatchObject({ text: written });
  });
});

describe('readTree() takes for absent', () => {
  test.each([
    'a:',
    'a: ~',
    'a: null',
    'a: ${EMPTY}',
    'a: "${EMPTY}"',
    'a: ${UNSET:-}',
    '# nothing',
  ])('%j', (text) => {
    expect(nodeOf(text)).toBeUndefined();
    expect(treeOf(text).faults).toEqual([]);
  });

  test('list items that expand to nothing', () => {
    expect(nodeOf('a: [x, ${EMPTY}, y]')).toMatchObject({ items: [{ text: 'x' }, { text: 'y' }] });
  });

  test('not a text that is empty as it was written', () => {
    expect(nodeOf('a: ""')).toMatchObject({ kind: 'scalar', value: '' });
  });
});

describe('readTree()', () => {
  test('remembers where keys and values stand', () => {
    const text = 'list:\n  - name: "x"\n';
    const node = nodeOf(text, ['list', 0, 'name']);
    expect(text.slice(node?.span.start, node?.span.end)).toBe('"x"');
    expect(text.slice(node?.keySpan?.start, node?.keySpan?.end)).toBe('name');
  });

  test('marks what came by expansion', () => {
    expect(nodeOf('a: ${NUMBER}')).toMatchObject({ expanded: true });
    expect(nodeOf('a: 42')).toMatchObject({ expanded: false });
  });

  test('breaks what cannot be expanded', () => {
    expect(nodeOf('a: ${UNSET}')).toMatchObject({ kind: 'broken' });
    expect(treeOf('a: ${UNSET}').faults).toMatchObject([{ path: ['a'] }]);
  });

  test('follows aliases', () => {
    expect(nodeOf('x: &x { y: 1 }\na: *x', ['a', 'y'])).toMatchObject({ value: 1 });
  });

  test('keeps the first of two equal keys', () => {
    const tree = treeOf('a: 1\na: 2');
    expect(nodeAt(tree.root, ['a'])).toMatchObject({ value: 1 });
    expect(tree.faults).toMatchObject([{ path: ['a'], isKey: true }]);
  });

  test('stops at a small file that its aliases make a large one', () => {
    const levels = Array.from({ length: 30 }, (_, level) => {
      const item = level === 0 ? 'x' : `*l${level - 1}`;
      return `l${level}: &l${level} [${Array(9).fill(item).join(', ')}]`;
    });
    expect(treeOf(levels.join('\n')).faults.map(({ message }) => message)).toContain(
      'the file is too large, with what its aliases repeat',
    );
  });
});
