// One line for a shell that sends a message to a listener, as somebody who may.
import type { ClientConfig, Endpoint } from '../config/config.ts';

/** An address that this machine may send as without a login; undefined when it may not send at all. */
export function senderHere(clients: readonly ClientConfig[]): string | undefined {
  const client = clients.find(
    ({ networks, username }) =>
      username === undefined && (networks === undefined || networks.has('127.0.0.1')),
  );
  const pattern = client?.senders[0];
  if (pattern === undefined) return undefined;
  const localPart = pattern.localPart === '*' ? 'app' : pattern.localPart;
  return `${localPart}@${pattern.domain === '*' ? 'example.com' : pattern.domain}`;
}

export function formatTryLine(listener: Endpoint, sender: string): string {
  return (
    `printf 'From: ${sender}\\nSubject: Hello\\n\\nIt works.\\n' | curl -sS smtp://${toAuthority(listener)} ` +
    `--mail-from ${sender} --mail-rcpt you@example.com -T -`
  );
}

/** \`host:port\`, with brackets around IPv6. */
export function toAuthority({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
