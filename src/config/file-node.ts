// The nodes of a configuration file: values that know where they stand.

/** Offsets in the text of the file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface NodeBase {
  readonly span: Span;
  /** Of the key, where the node is the value of one. */
  readonly keySpan?: Span;
}

export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  /** What was written, or expanded to, before it was typed. */
  readonly text: string;
  /** Its text came, at least in part, from the environment or another file: it is never shown. */
  readonly expanded: boolean;
}

export interface ListNode extends NodeBase {
  readonly kind: 'list';
  readonly items: readonly FileNode[];
}

export interface MapNode extends NodeBase {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, FileNode>;
}

/** Something that is already known to be wrong: nothing more is said about it. */
export interface BrokenNode extends NodeBase {
  readonly kind: 'broken';
}

export type FileNode = ScalarNode | ListNode | MapNode | BrokenNode;

export type Path = readonly (string | number)[];

/** The node at a path; undefined where there is none. */
export function nodeAt(root: FileNode, path: Path): FileNode | undefined {
  let node: FileNode | undefined = root;
  for (const step of path) node = childOf(node, step);
  return node;
}

export function childOf(node: FileNode | undefined, step: string | number): FileNode | undefined {
  if (node?.kind === 'map') return node.entries.get(String(step));
  if (node?.kind === 'list') return node.items[Number(step)];
  return undefined;
}
