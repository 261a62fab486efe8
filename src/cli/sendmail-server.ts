// Which listener sendmail hands messages to: that of --smtp, of GRAPHPOST_SMTP, or of the configuration.
import type { ListenerConfig } from '../config/config.ts';
import { findConfigFile } from '../config/find-config.ts';
import { formatFault } from '../config/fault.ts';
import { loadConfig } from '../config/load.ts';
import type { HandOverOptions } from '../smarthost/hand-over.ts';
import type { SendmailArguments } from './sendmail-arguments.ts';

export type SendmailServer = HandOverOptions;

export interface ServerIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Of the machine. */
  readonly hostname: string;
}

/** A sentence for people where it cannot be told. */
export function findServer(
  { smtp, config }: Pick<SendmailArguments, 'smtp' | 'config'>,
  io: ServerIo,
): SendmailServer | { readonly fault: string } {
  const text = smtp ?? io.env['GRAPHPOST_SMTP'];
  if (text !== undefined && text !== '') return readServer(text, io);
  const found = findConfigFile({ flag: config, env: io.env, cwd: io.cwd });
  // A listener is there without any configuration, too.
  if (found.kind === 'missing') {
    return config === undefined
      ? readServer('127.0.0.1:2525', io)
      : { fault: `There is no file "${config}"` };
  }
  const loading = loadConfig(found.file, { env: io.env });
  if (loading.kind === 'faulty') {
    const [fault] = loading.faults;
    const first = fault === undefined ? '' : formatFault(fault).split('\n')[0];
    return {
      fault: `The configuration cannot be used: ${first}. Whoever may not read it sets GRAPHPOST_SMTP=host:port`,
    };
  }
  const { listeners, hostname } = loading.config;
  const listener = listeners.find(({ proxies }) => proxies === undefined);
  if (!listener)
    return { fault: 'Every listener wants a PROXY header: set GRAPHPOST_SMTP=host:port' };
  return { ...reachable(listener), implicitTls: listener.tls?.mode === 'implicit', hostname };
}

function reachable({ host, port }: ListenerConfig) {
  const here = new Map([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
  ]);
  return { host: here.get(host) ?? host, port };
}

/** `host:port`, or `smtp://user:password@host:port`, or the same with `smtps:`. */
function readServer(
  text: string,
  { hostname }: ServerIo,
): SendmailServer | { readonly fault: string } {
  const url = URL.parse(text.includes('://') ? text : `smtp://${text}`);
  if (!url?.hostname || !['smtp:', 'smtps:'].includes(url.protocol)) {
    // It may hold a password.
    return {
      fault:
        'The address of the listener is none: give host:port, or smtp://user:password@host:port',
    };
  }
  const implicitTls = url.protocol === 'smtps:';
  const username = decoded(url.username);
  return {
    host: url.hostname.replaceAll(/[[\]]/g, ''),
    port: Number(url.port || (implicitTls ? 465 : 25)),
    implicitTls,
    hostname,
    ...(username !== '' && { login: { username, password: decoded(url.password) } }),
  };
}

/** A percent sign that encodes nothing is one. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
