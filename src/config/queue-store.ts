// `queue.store`: which engine it names, and what of it may be shown.

/** It names a database, be it well or not. */
export function isPostgres(text: string): boolean {
  return /^postgres(ql)?:/.test(text);
}

export interface PostgresUrl {
  /** With everything that was given. */
  readonly url: string;
  /** `postgres://user@host:port/database`: without password and parameters. */
  readonly address: string;
}

/** Undefined for what is no URL, or names no host or no database. */
export function readPostgresUrl(text: string): PostgresUrl | undefined {
  const url = URL.parse(text);
  if (url === null || url.hostname === '' || url.pathname.length < 2) return undefined;
  const user = url.username === '' ? '' : `${url.username}@`;
  return { url: text, address: `postgres://${user}${url.host}${url.pathname}` };
}
