// A configuration that is made from somebody else's: YAML with a remark at each choice.
import { Document, Pair, Scalar, YAMLMap, YAMLSeq, type Node } from 'yaml';

const said = Symbol('said');
const fileOf = Symbol('fileOf');

/** A value, and what stands above it as a comment. */
interface Said {
  readonly [said]: string;
  readonly value: Piece;
}

/** A secret that stands in a file of its own. */
interface InFile {
  readonly [fileOf]: string;
}

/** A value of the file. What is undefined is left out. */
export type Piece = string | number | boolean | Said | InFile | readonly Piece[] | Block;

export interface Block {
  readonly [key: string]: Piece | undefined;
}

/** The value with a comment above it. */
export function remarked(remark: string, value: Piece): Piece {
  return { [said]: remark, value };
}

/** `${file:path}`; the path from the folder of the configuration. */
export function inFile(path: string): Piece {
  return { [fileOf]: path };
}

/** `head`: the comment at its top, a line for each item. */
export function formatDocument(blocks: Block, head: readonly string[]): string {
  const document = new Document(blockNode(blocks));
  for (const { key } of pairsOf(document.contents).slice(1)) key.spaceBefore = true;
  document.commentBefore = head.flatMap(commentLines).join('\n');
  return document.toString({ lineWidth: 0, singleQuote: true, flowCollectionPadding: false });
}

function pairsOf(node: Node | null): readonly { readonly key: Scalar }[] {
  if (!(node instanceof YAMLMap)) return [];
  return node.items.flatMap(({ key }) => (key instanceof Scalar ? [{ key }] : []));
}

function blockNode(block: Block): YAMLMap {
  const map = new YAMLMap();
  for (const [name, piece] of Object.entries(block)) {
    if (piece === undefined) continue;
    const key = new Scalar(name);
    const { remark, value } = unwrap(piece);
    if (remark !== undefined) key.commentBefore = toComment(remark);
    map.items.push(new Pair(key, nodeOf(value)));
  }
  return map;
}

function nodeOf(piece: Piece): Node {
  if (typeof piece !== 'object') return scalarNode(piece);
  if (isList(piece)) return listNode(piece);
  if (isInFile(piece)) return quoted(`\${file:${piece[fileOf]}}`);
  if (isSaid(piece)) return nodeOf(piece.value);
  return blockNode(piece);
}

/** What would be read as a reference is no reference in somebody else's file. */
function scalarNode(value: string | number | boolean): Scalar {
  return new Scalar(typeof value === 'string' ? value.replaceAll('${', () => '$${') : value);
}

/** Quoted, what a file holds stays text: a password of digits is no number. */
function quoted(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_SINGLE;
  return scalar;
}

function listNode(pieces: readonly Piece[]): YAMLSeq {
  const list = new YAMLSeq();
  for (const piece of pieces) {
    const { remark, value } = unwrap(piece);
    const node = nodeOf(value);
    if (remark !== undefined) node.commentBefore = toComment(remark);
    list.items.push(node);
  }
  list.flow = pieces.every(isScalar) && pieces.map(String).join(', ').length < longestLine;
  return list;
}

const longestLine = 80;

function isScalar(piece: Piece): piece is string | number | boolean {
  return typeof piece !== 'object';
}

function unwrap(piece: Piece): { readonly remark?: string; readonly value: Piece } {
  return isSaid(piece) ? { remark: piece[said], value: piece.value } : { value: piece };
}

function isSaid(piece: Piece): piece is Said {
  return typeof piece === 'object' && said in piece;
}

function isInFile(piece: Piece): piece is InFile {
  return typeof piece === 'object' && fileOf in piece;
}

function isList(piece: Piece): piece is readonly Piece[] {
  return Array.isArray(piece);
}

function toComment(remark: string): string {
  return commentLines(remark).join('\n');
}

const commentWidth = 96;

/** Each with the blank that follows `#`; no line is longer than the width, unless a word is. */
function commentLines(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > commentWidth) lines.push(` ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
