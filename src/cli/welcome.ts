// What a person at a terminal reads when the gateway has started: where to send, how to try it, where to look.
import type { Endpoint } from '../config/config.ts';
import { formatTryLine, toAuthority } from '../http/try-line.ts';

export interface WelcomeFacts {
  readonly listeners: readonly (Endpoint & { readonly name: string })[];
  readonly telemetry?: Endpoint;
  readonly admin?: Endpoint;
  /** Present when a connection is the simulator. */
  readonly sandbox?: unknown;
  /** Where the page's token lies, when it was made here. */
  readonly adminTokenFile?: string;
  /** An address that this machine may send as. */
  readonly trySender?: string;
}

export function formatWelcome(facts: WelcomeFacts): string {
  const { listeners, telemetry, admin, adminTokenFile, sandbox, trySender } = facts;
  const lines = listeners.map((listener) =>
    row('Mail host', toAuthority(here(listener)), listener.name),
  );
  const first = listeners[0];
  if (first && sandbox && trySender !== undefined) {
    lines.push(row('Try it', formatTryLine(here(first), trySender)));
  }
  if (admin) lines.push(row('Look at', `http://${toAuthority(here(admin))}`));
  if (adminTokenFile !== undefined) lines.push(row('Its token', `in ${adminTokenFile}`));
  if (telemetry) lines.push(row('Metrics', `http://${toAuthority(here(telemetry))}/metrics`));
  if (sandbox) lines.push(row('Sandbox', 'nothing leaves this machine: mail goes to a simulator'));
  return `\n${lines.join('\n')}\n\n`;
}

function row(label: string, text: string, remark = ''): string {
  return `  ${label.padEnd(11)}${text}${remark && `  (${remark})`}`;
}

/** Where this machine reaches it: all addresses stand for this one. */
function here<E extends Endpoint>(endpoint: E): E {
  const isAll = endpoint.host === '0.0.0.0' || endpoint.host === '::';
  return isAll ? { ...endpoint, host: '127.0.0.1' } : endpoint;
}
