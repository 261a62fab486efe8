// Reads the error that an answer of Graph carries ("Microsoft Graph error responses and resource types").

export interface GraphError {
  /** Outer code first; then those of the nested inner errors. */
  readonly codes: readonly string[];
  /** On one line, of bounded length; '' when there is none. */
  readonly message: string;
}

const maxDepth = 8;
const maxMessageLetters = 300;

/** @returns no codes and no message for anything that is no such error */
export function readGraphError(json: unknown): GraphError {
  const outer = fieldOf(json, 'error');
  const codes: string[] = [];
  let error = outer;
  for (let depth = 0; depth < maxDepth && error !== undefined; depth++) {
    const code = fieldOf(error, 'code');
    if (typeof code === 'string' && code !== '') codes.push(code);
    error = fieldOf(error, 'innerError') ?? fieldOf(error, 'innererror');
  }
  const message = fieldOf(outer, 'message');
  return { codes, message: typeof message === 'string' ? toOneLine(message) : '' };
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

function toOneLine(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > maxMessageLetters ? `${line.slice(0, maxMessageLetters)}…` : line;
}
