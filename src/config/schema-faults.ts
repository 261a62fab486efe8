// Reads the tree of a file by the schema, and says in plain words what does not fit.
import type { z } from 'zod';
import { didYouMean } from './did-you-mean.ts';
import type { FileNode, Path } from './file-node.ts';
import { createJsonSchema, keysAt } from './json-schema.ts';
import { at, nameOf, shownTextOf, type Place, type Report } from './place.ts';
import { configFile, type FileContent } from './schema/config-file.ts';

type Issue = z.core.$ZodIssue;

/** What the file says, with defaults; undefined, with a report of each fault, when it does not fit the schema. */
export function readContent(root: FileNode, report: Report): FileContent | undefined {
  const asTyped = configFile.safeParse(toPlain(root));
  if (asTyped.success) return asTyped.data;
  const texts = wantedTexts(asTyped.error.issues, { root });
  const result = texts.size === 0 ? asTyped : configFile.safeParse(toPlain(root, texts));
  if (result.success) return result.data;
  for (const issue of result.error.issues) reportIssue(issue, { root, report });
  return undefined;
}

/** The plain value of a node; scalars in `texts` as they were written, whatever YAML makes of them. */
function toPlain(node: FileNode, texts: ReadonlySet<FileNode> = new Set()): unknown {
  switch (node.kind) {
    case 'scalar':
      return texts.has(node) ? node.text : node.value;
    case 'list':
      return node.items.map((item) => toPlain(item, texts));
    case 'map':
      return Object.fromEntries(
        [...node.entries].map(([key, value]) => [key, toPlain(value, texts)]),
      );
    case 'broken':
      return undefined;
  }
}

/** Scalars that YAML took for a number or a truth value where a text belongs: a password of digits. */
function wantedTexts(issues: readonly Issue[], context: Omit<Context, 'report'>): Set<FileNode> {
  const texts = new Set<FileNode>();
  for (const issue of issues) {
    const { node, path } = placeOf(context, issue.path);
    const isText = issue.code === 'invalid_type' && issue.expected === 'string';
    if (isText && node?.kind === 'scalar' && node.value !== null) texts.add(node);
    if (issue.code !== 'invalid_union') continue;
    for (const branch of issue.errors) {
      for (const text of wantedTexts(branch, { ...context, base: path })) texts.add(text);
    }
  }
  return texts;
}

interface Context {
  readonly root: FileNode;
  readonly report: Report;
  /** Where the schema stands that found the issue; absent for the whole one. */
  readonly base?: Path;
}

/** A place, and whom to tell what is wrong with it. */
interface Subject {
  readonly place: Place;
  readonly report: Report;
}

function reportIssue(issue: Issue, context: Context): void {
  const { report } = context;
  const place = placeOf(context, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      for (const key of issue.keys) reportUnknownKey(at(place, key), report);
      return;
    case 'invalid_union':
      return reportUnion(issue, { ...context, base: place.path });
    case 'invalid_key':
      return report(place, issue.issues[0]?.message ?? 'cannot stand here', { isKey: true });
    case 'invalid_value':
      return reportChoice(issue.values.map(String), { place, report });
    case 'invalid_type':
      return reportType(issue.expected, { place, report });
    case 'custom':
      return reportCustom(issue, { place, report });
    case 'too_small':
    case 'too_big':
      return report(place, limitMessage(issue));
    case 'invalid_format':
    case 'invalid_element':
    case 'not_multiple_of':
      return report(place, issue.message);
  }
}

function reportUnknownKey(place: Place, report: Report): void {
  const known = keysAt(createJsonSchema(), place.path.slice(0, -1));
  const hint = didYouMean(nameOf(place), known) ?? allOf(known);
  report(place, 'unknown key', { isKey: true, hint });
}

/** More would hide the fault. */
const mostKeysNamed = 8;

function allOf(keys: readonly string[]): string | undefined {
  if (keys.length === 0 || keys.length > mostKeysNamed) return undefined;
  return `keys are: ${keys.join(', ')}`;
}

/** Of the alternatives, the one that fits best says what is wrong; where none fits at all, the union itself. */
function reportUnion(issue: Extract<Issue, { code: 'invalid_union' }>, context: Context): void {
  const { report } = context;
  const place = placeOf(context, []);
  if (issue.errors.length === 0) return reportChoice(choicesOf(issue), { place, report });
  const near = issue.errors.filter((branch) => !branch.some(isOtherKind));
  const [best] = near.toSorted((one, other) => one.length - other.length);
  if (best === undefined || place.node?.kind === 'scalar') return report(place, issue.message);
  for (const inner of best) reportIssue(inner, context);
}

function isOtherKind(issue: Issue): boolean {
  const isMismatch = issue.code === 'invalid_type' || issue.code === 'invalid_value';
  return isMismatch && issue.path.length === 0;
}

function reportChoice(choices: readonly string[], { place, report }: Subject): void {
  if (place.node === undefined) return report(place, 'is missing', { isAbsence: true });
  const hint = quotesHint(place) ?? didYouMean(shownTextOf(place) ?? '', choices);
  report(place, `must be ${choices.length > 1 ? 'one of ' : ''}${choices.join(', ')}`, { hint });
}

const kinds = new Map([
  ['string', 'a text'],
  ['int', 'a whole number'],
  ['number', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a block of keys'],
  ['record', 'a block of keys'],
]);

function reportType(expected: string, { place, report }: Subject): void {
  if (place.node === undefined) return report(place, 'is missing', { isAbsence: true });
  report(place, `must be ${kinds.get(expected) ?? expected}`, { hint: quotesHint(place) });
}

/** What is quoted stays text. */
function quotesHint({ node }: Place): string | undefined {
  const isQuoted = node?.kind === 'scalar' && node.value === node.text;
  return isQuoted && /^(true|false|\d+)$/.test(node.text) ? 'without quotes' : undefined;
}

/** A block with something broken in it cannot be judged as a whole. */
function reportCustom(
  { message, params }: Extract<Issue, { code: 'custom' }>,
  { place, report }: Subject,
): void {
  if (place.node !== undefined && hasBroken(place.node)) return;
  report(place, message, { isKey: params?.['isKey'] === true });
}

function hasBroken(node: FileNode): boolean {
  if (node.kind === 'list') return node.items.some(hasBroken);
  if (node.kind === 'map') return [...node.entries.values()].some(hasBroken);
  return node.kind === 'broken';
}

/** The schema's own words where it has some, and not those of its library. */
function limitMessage(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  if (!/^Too (small|big)/.test(issue.message)) return issue.message;
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}`;
  return `must be at most ${issue.maximum}`;
}

function placeOf(
  { root, base = [] }: Omit<Context, 'report'>,
  steps: readonly PropertyKey[],
): Place {
  const path = steps.map((step) => (typeof step === 'number' ? step : String(step)));
  return at({ path: [], node: root }, ...base, ...path);
}

/** What a discriminator may be; zod's type of the issue leaves it out. */
function choicesOf(issue: object): readonly string[] {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
}
