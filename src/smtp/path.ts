// The path in MAIL FROM and RCPT TO (RFC 5321 §4.1.2), read as leniently as the devices of this world need it.

export interface PathCommand {
  /** `MAIL FROM` or `RCPT TO`, as written. */
  readonly verb: string;
  /** Between the angle brackets, without a source route; '' is the null reverse-path. */
  readonly path: string;
  /** What follows the path, with the space before it. */
  readonly parameters: string;
}

/**
 * Takes such a command apart. Blanks inside the brackets and a dot at the end of the domain are dropped, and missing
 * brackets are forgiven.
 * @returns undefined when there is no path, or one that is not UTF-8
 */
export function parsePathCommand(command: string): PathCommand | undefined {
  const colon = command.indexOf(':');
  if (colon < 0 || command.includes('\ufffd')) return undefined;
  const verb = command.slice(0, colon).trim();
  const rest = command.slice(colon + 1).trim();
  const end = rest.startsWith('<') ? rest.indexOf('>') : endOfWord(rest);
  if (end < 1) return undefined;
  const [path, parameters] = rest.startsWith('<')
    ? [rest.slice(1, end).trim(), rest.slice(end + 1)]
    : [rest.slice(0, end), rest.slice(end)];
  return { verb, path: withoutRootDot(withoutSourceRoute(path)), parameters };
}

export function formatPathCommand({ verb, path, parameters }: PathCommand): string {
  return `${verb}:<${path}>${parameters}`;
}

function endOfWord(text: string): number {
  const end = text.search(/\s/);
  return end < 0 ? text.length : end;
}

/** `@one,@two:user@example.com` is to be accepted and read as `user@example.com` (RFC 5321, appendix C). */
function withoutSourceRoute(path: string): string {
  return path.startsWith('@') ? path.slice(path.indexOf(':') + 1) : path;
}

/** `example.com.` is the same domain, from the root of the DNS on. */
function withoutRootDot(path: string): string {
  return /@.*[^.@]\.$/.test(path) ? path.slice(0, -1) : path;
}
