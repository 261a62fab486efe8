// What the configuration file may say, but this release does not do: each row goes when its feature comes.
import { matching, textOf, type Place, type Report } from './place.ts';

interface Row {
  /** As `matching` takes them. */
  readonly steps: readonly string[];
  /** The values that are meant; all if absent. */
  readonly values?: readonly string[];
  /** What the sentence begins with. */
  readonly what: string;
}

/** Who may send, and where mail goes, depends on these: with one of them the file is refused. */
const refused: readonly Row[] = [
  { steps: ['connections', '*', 'credential', 'certificate', 'pfx'], what: 'a PKCS #12 file' },
];

export function refuseUnsupported(file: Place, report: Report): void {
  for (const row of refused) {
    for (const place of placesOf(row, file)) report(place, `${row.what} is not yet supported`);
  }
}

/** For the documentation: `listeners.*.mode: direct`. */
export function refusedKeys(): readonly string[] {
  return refused.map(formatRow);
}

function formatRow({ steps, values }: Row): string {
  return values === undefined ? steps.join('.') : `${steps.join('.')}: ${values.join(', ')}`;
}

function placesOf({ steps, values }: Row, file: Place): readonly Place[] {
  return matching(file, steps)
    .filter(saysSomething)
    .filter((place) => values === undefined || values.includes(textOf(place) ?? ''));
}

/** An empty list asks for nothing. */
function saysSomething(place: Place): boolean {
  return !(place.node?.kind === 'list' && place.node.items.length === 0);
}
