// Turns what the checks say of places into faults with their position in the text.
import type { ConfigFault } from './fault.ts';
import { nodeAt, type FileNode, type Path, type Span } from './file-node.ts';
import type { Report } from './place.ts';
import { toFault, type SourceText } from './source-text.ts';

export interface ReportTarget {
  readonly source: SourceText;
  readonly root: FileNode;
  /** Lines that are no YAML: nothing is said of them, and what seems to be absent may stand there. */
  readonly unreadLines: ReadonlySet<number>;
  /** Gets what is reported. */
  readonly faults: ConfigFault[];
}

export function createReport({ source, root, unreadLines, faults }: ReportTarget): Report {
  return (place, message, { hint, isKey = false, isAbsence = false } = {}) => {
    if (place.node?.kind === 'broken' || (isAbsence && unreadLines.size > 0)) return;
    const anchor = anchorOf(root, { path: place.path, isKey });
    const fault = toFault(source, { key: formatKey(place.path), message, hint, ...anchor });
    if (!unreadLines.has(fault.line)) faults.push(fault);
  };
}

/** `routes[2].headers.set.X-Route` */
export function formatKey(path: Path): string {
  return path.reduce<string>((key, step) => {
    if (typeof step === 'number') return `${key}[${step}]`;
    const name = /^[^\s"[\]]+$/.test(step) ? step : JSON.stringify(step);
    return key === '' ? name : `${key}.${name}`;
  }, '');
}

interface Anchor {
  readonly span?: Span;
  readonly isKey?: boolean;
}

/** A scalar's own text; of a block its key, or else its first one; of what is absent, the block that lacks it. */
function anchorOf(
  root: FileNode,
  { path, isKey }: { readonly path: Path; readonly isKey: boolean },
): Anchor {
  const node = nodeAt(root, path);
  if (node === undefined) return anchorOf(root, { path: path.slice(0, -1), isKey: false });
  if (node.kind === 'scalar' && !isKey) return { span: node.span, isKey: false };
  if (path.length === 0) return {};
  const span = node.keySpan ?? firstKeySpan(node);
  return span === undefined ? { span: node.span } : { span, isKey: true };
}

function firstKeySpan(node: FileNode): Span | undefined {
  return node.kind === 'map' ? [...node.entries.values()][0]?.keySpan : undefined;
}
