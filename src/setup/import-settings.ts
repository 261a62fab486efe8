// Somebody else's settings, as a tree that knows what was read of it: what was not has no counterpart here.

type Path = readonly (string | number)[];

export interface Settings {
  /** A text, or a number or truth value as one; undefined where there is none, or an empty one. */
  text(...path: Path): string | undefined;
  number(...path: Path): number | undefined;
  /** A whole number from 1. */
  count(...path: Path): number | undefined;
  /** Also of `yes`, `1` and `true` as texts. */
  flag(...path: Path): boolean | undefined;
  /** Texts of a list, or one text as a list. */
  texts(...path: Path): readonly string[] | undefined;
  /** The names in a block, or the positions in a list. */
  keys(...path: Path): readonly string[];
  has(...path: Path): boolean;
  /** It concerns nothing here, and nobody need hear of it. */
  ignore(...path: Path): void;
  /** The names of what was not read, each as far as the first level that nothing was read of. */
  unread(): readonly string[];
}

export function createSettings(root: unknown): Settings {
  const read = new Set<string>();
  const take = <T>(path: Path, convert: (value: unknown) => T | undefined): T | undefined => {
    const value = convert(valueAt(root, path));
    if (value !== undefined) read.add(formatPath(path));
    return value;
  };
  return {
    text: (...path) => take(path, toText),
    number: (...path) => take(path, toNumber),
    count: (...path) => take(path, toCount),
    flag: (...path) => take(path, toFlag),
    texts: (...path) => take(path, toTexts),
    keys: (...path) => keysOf(valueAt(root, path)),
    has: (...path) => valueAt(root, path) !== undefined,
    ignore: (...path) => void read.add(formatPath(path)),
    unread: () => unreadOf(root, { path: [], read }),
  };
}

/** As a person names it: `receive.users.0.password`. */
function formatPath(path: Path): string {
  return path.join('.');
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    const key = String(step);
    value = Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
  }
  return value ?? undefined;
}

function keysOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return undefined;
}

function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

function toCount(value: unknown): number | undefined {
  const number = toNumber(value);
  return number !== undefined && Number.isSafeInteger(number) && number >= 1 ? number : undefined;
}

function toFlag(value: unknown): boolean | undefined {
  const text = toText(value)?.toLowerCase();
  if (text === undefined) return undefined;
  return ['true', 'yes', '1'].includes(text);
}

function toTexts(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) {
    const text = toText(value);
    return text === undefined ? undefined : [text];
  }
  return value.flatMap((item: unknown) => toText(item) ?? []);
}

function unreadOf(
  value: unknown,
  { path, read }: { readonly path: Path; readonly read: ReadonlySet<string> },
): readonly string[] {
  const name = formatPath(path);
  if (read.has(name) || value === null || value === undefined) return [];
  const wasEntered = path.length === 0 || [...read].some((taken) => taken.startsWith(`${name}.`));
  if (!wasEntered) return isEmpty(value) ? [] : [name];
  return keysOf(value).flatMap((key) =>
    unreadOf(valueAt(value, [key]), { path: [...path, key], read }),
  );
}

/** An empty text, list or block says nothing that could be missed. */
function isEmpty(value: unknown): boolean {
  return value === '' || (typeof value === 'object' && keysOf(value).length === 0);
}
