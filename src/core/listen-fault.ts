// Why a server cannot listen, as people are told.

const reasons = new Map([
  ['EADDRINUSE', 'the port is in use: stop what listens there, or choose another'],
  ['EACCES', 'the port needs a privilege: choose one from 1024'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['ENOTFOUND', 'the host name is unknown'],
]);

/** `Cannot listen on 127.0.0.1:2525: the port is in use …`. @param error what the system said, with its `code` */
export function listenFault(
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): string {
  const at = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return `Cannot listen on ${at}: ${reasonOf(error)}`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown trouble';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return reasons.get(code) ?? error.message;
}
