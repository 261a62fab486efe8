// What a person at a terminal reads when the gateway has started: where to send, how to try it, where to look.
import type { Endpoint } from '../config/config.ts';

export interface WelcomeFacts {
  readonly listeners: readonly (Endpoint & { readonly name: string })[];
  readonly telemetry?: Endpoint;
  readonly admin?: Endpoint;
  /** Present when a connection is the simulator. */
  readonly sandbox?: unknown;
}

export function formatWelcome({ listeners, telemetry, admin, sandbox }: WelcomeFacts): string {
  const lines = listeners.map((listener) => row('Mail host', toAuthority(listener), listener.name));
  const first = listeners[0];
  if (first) lines.push(row('Try it', tryLine(first)));
  if (admin) lines.push(row('Look at', `http://${toAuthority(admin)}`));
  if (telemetry) lines.push(row('Metrics', `http://${toAuthority(telemetry)}/metrics`));
  if (sandbox) lines.push(row('Sandbox', 'nothing leaves this machine: mail goes to a simulator'));
  return `\n${lines.join('\n')}\n\n`;
}

function row(label: string, text: string, remark = ''): string {
  return `  ${label.padEnd(11)}${text}${remark && `  (${remark})`}`;
}

function tryLine(listener: Endpoint): string {
  const url = `smtp://${toAuthority(listener)}`;
  return `printf 'Subject: Hello\\n\\nIt works.\\n' | curl -s ${url} --mail-from wordpress@localhost --mail-rcpt you@example.com -T -`;
}

/** Where this machine reaches it: all addresses stand for this one. */
function toAuthority({ host, port }: Endpoint): string {
  const local = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return local.includes(':') ? `[${local}]:${port}` : `${local}:${port}`;
}
