// What the configuration file may say, but this release does not do: each row goes when its feature comes.
import { at, matching, textOf, type Place, type Report } from './place.ts';

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
  { steps: ['listeners', '*', 'mode'], values: ['direct'], what: 'mode: direct' },
  { steps: ['connections', '*', 'type'], values: ['smtp'], what: 'a connection of type smtp' },
  { steps: ['connections', '*', 'account'], what: 'sending as a signed-in user' },
  { steps: ['connections', '*', 'credential', 'federatedToken'], what: 'a federated token' },
  { steps: ['connections', '*', 'credential', 'managedIdentity'], what: 'a managed identity' },
  { steps: ['connections', '*', 'credential', 'certificate', 'pfx'], what: 'a PKCS #12 file' },
  { steps: ['tokenCache'], what: 'the token cache' },
  ...inRoutes({ steps: ['send', 'backup'], what: 'a backup' }),
  { steps: ['sending'], values: ['hold', 'drop'], what: 'sending other than normal' },
  { steps: ['bounce'], what: 'bounce' },
  { steps: ['alerts'], what: 'an alert' },
];

/** Nobody's mail goes astray without these: they are accepted, with a warning. */
const inactive: readonly Row[] = [
  { steps: ['direct'], what: 'direct' },
  { steps: ['connections', '*', 'largeMessages'], values: ['true'], what: 'true' },
  { steps: ['connections', '*', 'limits', 'requestsPer10Minutes'], what: 'requestsPer10Minutes' },
  { steps: ['connections', '*', 'limits', 'uploadPer5Minutes'], what: 'uploadPer5Minutes' },
  { steps: ['connections', '*', 'limits', 'messagesPerMinute'], what: 'messagesPerMinute' },
  { steps: ['connections', '*', 'limits', 'messagesPerHour'], what: 'messagesPerHour' },
  { steps: ['connections', '*', 'limits', 'messagesPerDay'], what: 'messagesPerDay' },
  {
    steps: ['connections', '*', 'credential', 'expires'],
    what: 'the warning before a secret expires',
  },
  { steps: ['queue', 'lookupAfter'], what: 'the wait before a message is looked for' },
];

export function refuseUnsupported(file: Place, report: Report): void {
  for (const row of refused) {
    for (const place of placesOf(row, file)) report(place, `${row.what} is not yet supported`);
  }
  refusePostgres(at(file, 'queue', 'store'), report);
}

export function warnOfInactive(file: Place, warn: Report): void {
  for (const row of inactive) {
    for (const place of placesOf(row, file)) {
      warn(place, `${row.what} is accepted, but not acted on yet`);
    }
  }
}

/** For the documentation: `listeners.*.mode: direct`. */
export function refusedKeys(): readonly string[] {
  return [...refused.map(formatRow), 'queue.store: postgres://…'];
}

/** For the documentation. */
export function inactiveKeys(): readonly string[] {
  return inactive.map(formatRow);
}

function formatRow({ steps, values }: Row): string {
  return values === undefined ? steps.join('.') : `${steps.join('.')}: ${values.join(', ')}`;
}

function refusePostgres(store: Place, report: Report): void {
  if (!/^postgres(ql)?:/.test(textOf(store) ?? '')) return;
  report(store, 'a queue in PostgreSQL is not yet supported', { hint: 'use sqlite:<path>' });
}

function inRoutes(row: Row): readonly Row[] {
  return [
    { ...row, steps: ['routes', '*', ...row.steps] },
    { ...row, steps: ['default', ...row.steps] },
  ];
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
