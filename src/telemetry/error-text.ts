// Puts an unknown error into words for the log: messages and stack only, never the objects that hang on it.

const maxCauses = 5;

/** Name and message of the error and of its causes, joined by colons. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  let current = error;
  while (current instanceof Error && parts.length < maxCauses) {
    parts.push(`${current.name}: ${current.message}`);
    current = current.cause;
  }
  return parts.length === 0
    ? `Something was thrown that is no Error: ${typeof error}`
    : parts.join(': ');
}

/** The frames of the stack, without the message. */
export function stackOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined;
  const frames = error.stack.split('\n').filter((line) => line.trimStart().startsWith('at '));
  return frames.map((frame) => frame.trim()).join('\n');
}
