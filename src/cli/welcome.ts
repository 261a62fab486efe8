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
  /** The page's token. The welcome is for the terminal alone: no log gets it. */
  readonly adminToken?: string;
  /** An address that this machine may send as. */
  readonly trySender?: string;
}

export function formatWelcome(facts: WelcomeFacts): string {
  const { listeners, telemetry, adminTokenFile, sandbox, trySender } = facts;
  const lines = listeners.map((listener) =>
    row('Mail host', toAuthority(here(listener)), listener.name),
  );
  const first = listeners[0];
  if (first && sandbox && trySender !== undefined) {
    lines.push(row('Try it', formatTryLine(here(first), trySender)));
  }
  lines.push(...pageRow(facts));
  if (adminTokenFile !== undefined) lines.push(row('Its token', `in ${adminTokenFile}`));
  if (telemetry) lines.push(row('Metrics', `http://${toAuthority(here(telemetry))}/metrics`));
  if (sandbox) lines.push(row('Sandbox', 'nothing leaves this machine: mail goes to a simulator'));
  return `\n${lines.join('\n')}\n\n`;
}

/** What stands behind the # stays in the browser: no server and no other page is told of it. */
function pageRow({ admin, adminToken }: WelcomeFacts): readonly string[] {
  if (!admin) return [];
  const page = `http://${toAuthority(here(admin))}`;
  if (adminToken === undefined) return [row('Look at', page)];
  const link = `${page}/login#token=${encodeURIComponent(adminToken)}`;
  return [row('Look at', link, 'it logs in: keep it to yourself')];
}

function row(label: string, text: string, remark = ''): string {
  return `  ${label.padEnd(11)}${text}${remark && `  (${remark})`}`;
}

/** Where this machine reaches it: all addresses stand for this one. */
function here<E extends Endpoint>(endpoint: E): E {
  const isAll = endpoint.host === '0.0.0.0' || endpoint.host === '::';
  return isAll ? { ...endpoint, host: '127.0.0.1' } : endpoint;
}
