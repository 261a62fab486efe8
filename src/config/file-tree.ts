// Reads a YAML document into a tree of nodes, expanding `${…}` in its scalars.
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { expand, hasExpansion, type ExpansionSources } from './expansion.ts';
import type {
  BrokenNode,
  FileNode,
  ListNode,
  MapNode,
  NodeBase,
  Path,
  ScalarNode,
  Span,
} from './file-node.ts';
import { unshield } from './shield.ts';

export interface TreeFault {
  readonly path: Path;
  readonly span: Span;
  readonly message: string;
  /** The fault is about the key at `span`, not about what stands behind it. */
  readonly isKey?: boolean;
}

export interface FileTree {
  readonly root: FileNode;
  readonly faults: readonly TreeFault[];
  /** Absolute paths of files that were read for `${file:…}`. */
  readonly files: readonly string[];
}

/** Aliases make a short file large: past this many nodes it is taken for an attack (or a mistake). */
const maxNodes = 100_000;
const maxDepth = 40;

/** What one reading of a document gathers. */
interface Reading {
  readonly document: Document;
  readonly sources: ExpansionSources;
  readonly faults: TreeFault[];
  readonly files: string[];
  nodes: number;
}

interface Position {
  readonly path: Path;
  readonly keySpan?: Span;
}

/** Reads a document that was parsed with `uniqueKeys: false` from a shielded text. */
export function readTree(document: Document, sources: ExpansionSources): FileTree {
  const reading: Reading = { document, sources, faults: [], files: [], nodes: 0 };
  const root = readNode(reading, document.contents, { path: [] });
  return {
    root: root ?? { kind: 'map', entries: new Map(), span: { start: 0, end: 0 } },
    faults: reading.faults,
    files: reading.files,
  };
}

/** Undefined for what counts as absent. */
function readNode(reading: Reading, node: unknown, position: Position): FileNode | undefined {
  if (isAlias(node)) return readAlias(reading, node, position);
  if (isScalar(node)) return readScalar(reading, node, position);
  if (!isMap(node) && !isSeq(node)) return undefined;
  if (reading.nodes > maxNodes) return tooMuch(reading, node, { ...position, message: tooLarge });
  if (position.path.length > maxDepth) {
    return tooMuch(reading, node, { ...position, message: tooDeep });
  }
  return isMap(node) ? readMap(reading, node, position) : readList(reading, node, position);
}

function readAlias(reading: Reading, alias: Alias, position: Position): FileNode | undefined {
  const place = { ...position, span: spanOf(alias) };
  const target = alias.resolve(reading.document);
  if (target === undefined) return broken(reading, place, 'this alias names no anchor above it');
  if (position.path.length > maxDepth) {
    return tooMuch(reading, alias, { ...position, message: tooDeep });
  }
  const node = readNode(reading, target, position);
  return node && { ...node, ...spansOf(place) };
}

function readScalar(
  reading: Reading,
  node: Scalar,
  position: Position,
): ScalarNode | BrokenNode | undefined {
  reading.nodes++;
  const place = { ...position, span: spanOf(node) };
  const written = unshield(typeof node.value === 'string' ? node.value : (node.source ?? ''));
  if (!hasExpansion(written)) return scalar(node, written, place);
  const { text, faults, files } = expand(written, reading.sources);
  reading.files.push(...files);
  if (faults.length > 0) return broken(reading, place, ...faults);
  if (text === '') return undefined;
  const value = node.type === 'PLAIN' ? typePlain(text) : text;
  return { kind: 'scalar', value, text, expanded: true, ...spansOf(place) };
}

function scalar(
  node: Scalar,
  text: string,
  place: Position & { span: Span },
): ScalarNode | undefined {
  const isNothing = node.value === null && place.keySpan !== undefined;
  if (isNothing) return undefined;
  const value = typeof node.value === 'string' ? text : toPrimitive(node.value);
  return { kind: 'scalar', value, text, expanded: false, ...spansOf(place) };
}

function readList(reading: Reading, list: YAMLSeq, position: Position): ListNode {
  reading.nodes++;
  const items: FileNode[] = [];
  for (const item of list.items) {
    const node = readNode(reading, item, { path: [...position.path, items.length] });
    if (node !== undefined) items.push(node);
  }
  return { kind: 'list', items, ...spansOf({ ...position, span: spanOf(list) }) };
}

function readMap(reading: Reading, map: YAMLMap, position: Position): MapNode {
  reading.nodes++;
  const entries = new Map<string, FileNode>();
  const keys = new Set<string>();
  for (const pair of map.items) {
    const key = readKey(reading, pair, { path: position.path, keys });
    if (key === undefined) continue;
    keys.add(key);
    const path = [...position.path, key];
    const node = readNode(reading, pair.value, { path, keySpan: spanOf(pair.key) });
    if (node !== undefined) entries.set(key, node);
  }
  return { kind: 'map', entries, ...spansOf({ ...position, span: spanOf(map) }) };
}

/** Undefined, with a fault, for a key that cannot be used. */
function readKey(
  reading: Reading,
  pair: Pair,
  { path, keys }: { readonly path: Path; readonly keys: ReadonlySet<string> },
): string | undefined {
  const key = isScalar(pair.key) ? nameOfKey(pair.key) : undefined;
  const message = key === undefined ? 'a key must be a word or a text' : keyFault(key, keys);
  if (message === undefined) return key;
  const faultPath = key === undefined ? path : [...path, key];
  reading.faults.push({ path: faultPath, span: spanOf(pair.key), message, isKey: true });
  return undefined;
}

function keyFault(key: string, keys: ReadonlySet<string>): string | undefined {
  if (keys.has(key)) return 'this key stands twice in the same block';
  if (hasExpansion(key)) return 'keys are not expanded, only what stands behind them';
  // No object of JavaScript can safely hold it as a key of its own.
  if (key === '__proto__') return 'this name cannot be used';
  return undefined;
}

function nameOfKey(key: Scalar): string {
  return unshield(typeof key.value === 'string' ? key.value : (key.source ?? ''));
}

const tooLarge = 'the file is too large, with what its aliases repeat';
const tooDeep = 'the file is nested too deeply';

/** Says so once, and reads no further down here. */
function tooMuch(
  reading: Reading,
  node: Node,
  { message, ...position }: Position & { readonly message: string },
): BrokenNode {
  // The way to the place where it became too much tells nobody anything.
  const place = { ...position, path: position.path.slice(0, 1), span: spanOf(node) };
  const isSaid = reading.faults.some((fault) => fault.message === message);
  return isSaid ? { kind: 'broken', ...spansOf(place) } : broken(reading, place, message);
}

function broken(
  reading: Reading,
  place: Position & { readonly span: Span },
  ...messages: readonly string[]
): BrokenNode {
  for (const message of messages) {
    reading.faults.push({ path: place.path, span: place.span, message });
  }
  return { kind: 'broken', ...spansOf(place) };
}

function spansOf(place: { readonly span: Span; readonly keySpan?: Span }): NodeBase {
  return { span: place.span, ...(place.keySpan && { keySpan: place.keySpan }) };
}

function spanOf(node: unknown): Span {
  const range = isNodeWithRange(node) ? node.range : undefined;
  return { start: range?.[0] ?? 0, end: range?.[1] ?? 0 };
}

function isNodeWithRange(node: unknown): node is Node {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node);
}

function toPrimitive(value: unknown): ScalarNode['value'] {
  return typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

/** Types an expanded plain scalar as YAML's core schema types one that was written. */
function typePlain(text: string): ScalarNode['value'] {
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  if (/^[-+]?(\d+|\d*\.\d+|\d+\.\d*)([eE][-+]?\d+)?$/.test(text)) return Number(text);
  return text;
}
