// `${NAME}`, `${NAME:-default}` and `${file:/path}` in a text of the configuration.
import { resolve } from 'node:path';
import { UnfitFile } from './bounded-file.ts';

export interface ExpansionSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws when the file cannot be read. */
  readonly readFile: (path: string) => string;
  /** Relative paths start here. */
  readonly folder: string;
}

export interface Expansion {
  readonly text: string;
  /** What is wrong, each in one line that names no value. */
  readonly faults: readonly string[];
  /** Absolute paths of the files that were read, or would have been. */
  readonly files: readonly string[];
}

const variable = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;
const nothing: Expansion = { text: '', faults: [], files: [] };

/** Whether `expand` would change the text. */
export function hasExpansion(text: string): boolean {
  return text.includes('${');
}

/**
 * Expands every reference; `$${` stands for a literal `${`. A default and a path may hold references of their own;
 * what a variable or a file holds is taken as it is.
 */
export function expand(text: string, sources: ExpansionSources): Expansion {
  const start = text.indexOf('${');
  if (start === -1) return literal(text);
  if (text[start - 1] === '$') {
    return join(literal(`${text.slice(0, start - 1)}\${`), expand(text.slice(start + 2), sources));
  }
  const end = closingBrace(text, start + 2);
  if (end === -1) return fault('"${" is never closed by "}"');
  return join(
    literal(text.slice(0, start)),
    expandReference(text.slice(start + 2, end), sources),
    expand(text.slice(end + 1), sources),
  );
}

/** The text of a file that ends in one line break, without it. */
function withoutTrailingNewline(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function expandReference(reference: string, sources: ExpansionSources): Expansion {
  if (reference.startsWith('file:')) return expandFile(reference.slice(5), sources);
  const [, name, fallback] = variable.exec(reference) ?? [];
  if (name === undefined) return fault('"${" wants the name of a variable, or "file:" and a path');
  const value = Object.hasOwn(sources.env, name) ? sources.env[name] : undefined;
  if (value !== undefined && value !== '') return literal(value);
  if (fallback !== undefined) return expand(fallback, sources);
  return value === undefined ? fault(`the variable ${name} is not set`) : nothing;
}

function expandFile(pathText: string, sources: ExpansionSources): Expansion {
  const path = expand(pathText, sources);
  if (path.faults.length > 0) return path;
  if (pathText === '') return fault('"${file:}" names no file');
  // `${file:${SECRET_FILE:-}}`: a file that need not be there.
  if (path.text === '') return path;
  const absolute = resolve(sources.folder, path.text);
  const files = [...path.files, absolute];
  try {
    return { text: withoutTrailingNewline(sources.readFile(absolute)), faults: [], files };
  } catch (error) {
    // The path as it was written: what a variable put into it is not shown.
    return { text: '', faults: [`the file ${pathText} ${whyUnreadable(error)}`], files };
  }
}

/** Why a file could not be read, for a sentence that begins with its name. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof UnfitFile) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  if (code === 'EISDIR') return 'is a folder';
  return code === '' ? 'cannot be read' : `cannot be read: ${code}`;
}

/** Offset of the brace that closes the reference whose inside starts at `start`; -1 when none does. */
export function closingBrace(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text.startsWith('${', at)) depth++;
    if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}

function literal(text: string): Expansion {
  return { text, faults: [], files: [] };
}

function fault(message: string): Expansion {
  return { text: '', faults: [message], files: [] };
}

function join(...parts: readonly Expansion[]): Expansion {
  return {
    text: parts.map((part) => part.text).join(''),
    faults: parts.flatMap((part) => part.faults),
    files: parts.flatMap((part) => part.files),
  };
}
