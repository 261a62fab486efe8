// The text of the configuration file, for showing where in it something is wrong.
import type { Span } from './file-node.ts';
import type { ConfigFault, Excerpt } from './fault.ts';
import { maskSecrets } from './mask-secrets.ts';

export interface SourceText {
  /** As faults name it. */
  readonly file: string;
  readonly text: string;
}

export interface Complaint {
  readonly key: string;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Absent: about the file as a whole. */
  readonly span?: Span | undefined;
  /** About the key at `span`: what stands behind it is not shown. */
  readonly isKey?: boolean | undefined;
}

export function toFault(source: SourceText, complaint: Complaint): ConfigFault {
  const { key, message, hint, span } = complaint;
  const { line, column } = positionOf(source.text, span?.start ?? 0);
  const excerpt = span && excerptOf(source.text, { span, isKey: complaint.isKey ?? false });
  const shared = { file: source.file, line, column, key, message };
  return { ...shared, ...(hint !== undefined && { hint }), ...(excerpt && { excerpt }) };
}

function positionOf(
  text: string,
  offset: number,
): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Undefined where the line is empty. */
function excerptOf(
  text: string,
  { span, isKey }: { readonly span: Span; readonly isKey: boolean },
): Excerpt | undefined {
  const lineStart = text.lastIndexOf('\n', span.start - 1) + 1;
  const line = text.slice(lineStart).split(/\r?\n/, 1)[0] ?? '';
  const start = Math.min(span.start - lineStart, line.length);
  const end = Math.max(Math.min(span.end - lineStart, line.length), start);
  if (line.trim() === '') return undefined;
  const shown = isKey ? cutBehindKey(line, end) : maskSecrets(line);
  return clip({ text: shown.replaceAll('\t', ' '), start, length: end - start });
}

const maxWidth = 120;

/** Of a long line, the part around what the fault is about. */
function clip({ text, start, length }: Excerpt): Excerpt {
  if (text.length <= maxWidth) return { text, start, length };
  const from = Math.min(Math.max(start - maxWidth / 2, 0), text.length - maxWidth);
  const offset = start - from;
  const part = text.slice(from, from + maxWidth);
  return { text: part, start: offset, length: Math.min(length, maxWidth - offset) };
}

/** What stands behind a misspelt `password` is a secret all the same. */
function cutBehindKey(line: string, keyEnd: number): string {
  const behind = line.slice(keyEnd).replace(/^\s*:/, '').trim();
  return maskSecrets(line.slice(0, keyEnd)) + (behind === '' ? ':' : ': …');
}
