// The files of Postfix: main.cf with its references, and the tables that it names.

/** Values of main.cf, with their references followed. */
export function parseMainCf(text: string): ReadonlyMap<string, string> {
  const written = new Map<string, string>();
  for (const line of logicalLines(text)) {
    const [, name, value = ''] = /^([\w.]+)\s*=\s*(.*)$/s.exec(line) ?? [];
    if (name !== undefined) written.set(name, value.trim());
  }
  const values = new Map([...defaultsOf(written), ...written]);
  const names = [...written.keys()];
  return new Map(names.map((name) => [name, follow(values.get(name) ?? '', { values, depth: 0 })]));
}

/** Those that other values refer to, as postconf(5) has them. */
function defaultsOf(written: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const hostname = written.get('myhostname') ?? 'localhost.localdomain';
  return new Map([
    ['myhostname', hostname],
    ['mydomain', hostname.includes('.') ? hostname.slice(hostname.indexOf('.') + 1) : hostname],
    ['myorigin', '$myhostname'],
    ['config_directory', '/etc/postfix'],
    ['default_database_type', 'hash'],
  ]);
}

interface Following {
  readonly values: ReadonlyMap<string, string>;
  readonly depth: number;
}

const deepest = 20;

/** `$name`, `$(name)`, `${name}`, `${name?if it has a value}` and `${name:if it has none}`. */
function follow(text: string, { values, depth }: Following): string {
  if (depth === deepest) return text;
  const next = { values, depth: depth + 1 };
  return text.replaceAll(
    /\$\$|\$\{(\w+)(?:([?:])([^{}]*))?\}|\$\((\w+)\)|\$(\w+)/g,
    (
      reference,
      braced?: string,
      choice?: string,
      other = '',
      parenthesised?: string,
      bare?: string,
    ) => {
      if (reference === '$$') return '$';
      const value = values.get(braced ?? parenthesised ?? bare ?? '') ?? '';
      if (choice === '?') return value === '' ? '' : follow(other, next);
      if (choice === ':') return value === '' ? follow(other, next) : '';
      return follow(value, next);
    },
  );
}

/** A line that begins with a blank goes on with the one before; comments may stand between. */
export function logicalLines(text: string): readonly string[] {
  const lines: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(#|$)/.test(line)) continue;
    if (/^\s/.test(line) && lines.length > 0) lines[lines.length - 1] += ` ${line.trim()}`;
    else lines.push(line.trim());
  }
  return lines;
}

export function listOf(value: string | undefined): readonly string[] {
  return (value ?? '').split(/[\s,]+/).filter((item) => item !== '');
}

/** A row of a table: what is looked up, or what it has to match, and what comes of it. */
export type TableRow =
  | { readonly kind: 'key'; readonly key: string; readonly value: string }
  | { readonly kind: 'pattern'; readonly pattern: string; readonly value: string }
  /** Of a kind that has no counterpart. */
  | { readonly kind: 'unfit'; readonly text: string };

export type Table =
  | { readonly kind: 'rows'; readonly rows: readonly TableRow[] }
  /** A sentence for the operator, without its subject. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** Undefined where the file is not there. */
export type ReadTable = (path: string) => string | undefined;

const textTypes = ['hash', 'lmdb', 'btree', 'dbm', 'cdb', 'sdbm', 'texthash'];
const patternTypes = ['regexp', 'pcre'];

/** All tables of a list such as `hash:/etc/postfix/one, regexp:/etc/postfix/two`. */
export function readTables(value: string, readTable: ReadTable): readonly Table[] {
  return splitTables(value).map((name) => readOne(name, readTable));
}

/** At commas and blanks that stand in no braces. */
function splitTables(value: string): readonly string[] {
  return value.match(/[\w-]+:\{(?:[^{}]|\{[^{}]*\})*\}|[^\s,]+/g) ?? [];
}

function readOne(name: string, readTable: ReadTable): Table {
  const [, type = 'hash', rest = ''] = /^(?:proxy:)?(?:([\w-]+):)?(.*)$/s.exec(name) ?? [];
  if (type === 'inline') return { kind: 'rows', rows: inlineRows(rest) };
  if (type === 'static')
    return { kind: 'rows', rows: [{ kind: 'pattern', pattern: '.*', value: rest }] };
  const isText = textTypes.includes(type);
  if (!isText && !patternTypes.includes(type)) {
    return { kind: 'unreadable', why: `a table of the type ${type} cannot be read here` };
  }
  const text = readTable(rest);
  if (text === undefined) return { kind: 'unreadable', why: `${rest} is not there` };
  const lines = logicalLines(text);
  return { kind: 'rows', rows: isText ? lines.map(keyRow) : patternRows(lines) };
}

function keyRow(line: string): TableRow {
  const [, key, value] = /^(\S+)\s+(.+)$/s.exec(line) ?? [];
  if (key === undefined || value === undefined) return { kind: 'unfit', text: line };
  return { kind: 'key', key, value };
}

/** What stands between `if` and `endif` holds for some mail alone. */
function patternRows(lines: readonly string[]): readonly TableRow[] {
  let depth = 0;
  return lines.map((line): TableRow => {
    if (/^if\b/i.test(line)) depth += 1;
    const row: TableRow = depth > 0 ? { kind: 'unfit', text: line } : patternRow(line);
    if (/^endif\b/i.test(line)) depth -= 1;
    return row;
  });
}

/** `/pattern/flags value`; the delimiter may be another one. One with `!` holds where the pattern does not. */
function patternRow(line: string): TableRow {
  const [, , pattern, value] = /^([^\w\s!])((?:\\.|(?!\1).)+)\1\w*\s+(.+)$/s.exec(line) ?? [];
  if (pattern === undefined || value === undefined) return { kind: 'unfit', text: line };
  return { kind: 'pattern', pattern, value };
}

function inlineRows(text: string): readonly TableRow[] {
  const rows = [...text.matchAll(/\{\s*([^{}=]+?)\s*=\s*([^{}]*?)\s*\}/g)];
  return rows.map(([, key = '', value = '']) => ({ kind: 'key', key, value }));
}

const secondsOf = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
  ['d', 86_400],
  ['w', 604_800],
]);

/** Seconds of `300s`, `1h` or `5d`; without a unit, in the one that postconf(5) gives the parameter. */
export function parsePostfixTime(text: string, unit: 's' | 'd'): number | undefined {
  const [, number, given = unit] = /^(\d+)([smhdw])?$/.exec(text.trim()) ?? [];
  const seconds = secondsOf.get(given);
  return number === undefined || seconds === undefined ? undefined : Number(number) * seconds;
}
