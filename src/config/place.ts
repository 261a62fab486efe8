// Places in the configuration file, for checks that look across blocks: they see what is valid, whatever else is not.
import { childOf, type FileNode, type Path } from './file-node.ts';

export interface Place {
  readonly path: Path;
  /** Absent where the file says nothing. */
  readonly node?: FileNode;
}

/** Says that something is wrong at a place. Nothing is said of a place that is broken already. */
export type Report = (place: Place, message: string, options?: ReportOptions) => void;

export interface ReportOptions {
  readonly hint?: string | undefined;
  /** The fault is about the key, not about what stands behind it. */
  readonly isKey?: boolean;
  /** Something is not there: not said of a file that could not be read to its end. */
  readonly isAbsence?: boolean;
}

/** Looks for faults of one kind in the whole file. */
export type Check = (file: Place, report: Report) => void;

export function at(place: Place, ...steps: Path): Place {
  let node = place.node;
  for (const step of steps) node = childOf(node, step);
  return { path: [...place.path, ...steps], ...(node && { node }) };
}

/** The places in a list; none where there is no list. */
export function itemsOf(place: Place): readonly Place[] {
  if (place.node?.kind !== 'list') return [];
  return place.node.items.map((_, index) => at(place, index));
}

/** The places behind the keys of a block; none where there is no block. */
export function entriesOf(place: Place): readonly Place[] {
  return keysOf(place).map((key) => at(place, key));
}

function childrenOf(place: Place): readonly Place[] {
  return [...itemsOf(place), ...entriesOf(place)];
}

export function keysOf(place: Place): readonly string[] {
  return place.node?.kind === 'map' ? [...place.node.entries.keys()] : [];
}

/** The places that fit a path in which `*` stands for any key or position, `**` for any number of them. */
export function matching(place: Place, [step, ...rest]: readonly string[]): readonly Place[] {
  if (step === undefined) return isGiven(place) ? [place] : [];
  if (step === '*') return childrenOf(place).flatMap((child) => matching(child, rest));
  if (step !== '**') return matching(at(place, step), rest);
  const deeper = childrenOf(place).flatMap((child) => matching(child, ['**', ...rest]));
  return [...matching(place, rest), ...deeper];
}

/** The last step of the path, as a text. */
export function nameOf(place: Place): string {
  return String(place.path.at(-1) ?? '');
}

/** The text of a scalar; undefined for everything else. */
export function textOf(place: Place): string | undefined {
  return place.node?.kind === 'scalar' ? place.node.text : undefined;
}

/** The file says something here, be it wrong. */
export function isGiven(place: Place): boolean {
  return place.node !== undefined;
}

/** A value as a fault may show it: not where it came by expansion. */
export function quote(place: Place): string {
  if (place.node?.kind !== 'scalar') return 'this';
  return place.node.expanded ? 'what this expands to' : `"${place.node.text}"`;
}

/** A text that may be looked up for hints: undefined where it came by expansion. */
export function shownTextOf(place: Place): string | undefined {
  return place.node?.kind === 'scalar' && !place.node.expanded ? place.node.text : undefined;
}
