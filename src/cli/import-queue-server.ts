// Which listener `graphpost import smtp2graph-queue` hands its messages to.
import { hostname } from 'node:os';
import { parseEndpoint } from '../config/endpoint.ts';
import type { HandOverOptions } from '../smarthost/hand-over.ts';
import { loadOrReport, type ConfigIo } from './loaded-config.ts';
import { passwordVariable } from './password-variable.ts';

export interface ServerChoice {
  /** `host:port`; absent: a listener of the configuration. */
  readonly to?: string;
  readonly listener?: string;
  readonly config?: string;
  /** Its password is in the environment. */
  readonly username?: string;
}

/** Undefined where there is none: that has been said then. */
export function serverOf(options: ServerChoice, io: ConfigIo): HandOverOptions | undefined {
  const password = io.env[passwordVariable];
  const { username } = options;
  if (username !== undefined && password === undefined) {
    io.stderr.write(`--username needs the password in the variable ${passwordVariable}\n`);
    return undefined;
  }
  const place = options.to === undefined ? listenerOf(options, io) : endpointOf(options.to, io);
  if (place === undefined || username === undefined || password === undefined) return place;
  return { ...place, login: { username, password } };
}

function endpointOf(to: string, { stderr }: ConfigIo): HandOverOptions | undefined {
  const endpoint = parseEndpoint(to);
  if (endpoint) return { ...endpoint, implicitTls: endpoint.port === 465, hostname: hostname() };
  stderr.write('--to must be host:port, such as 127.0.0.1:2525\n');
  return undefined;
}

function listenerOf(
  { listener: name, config }: ServerChoice,
  io: ConfigIo,
): HandOverOptions | undefined {
  const loaded = loadOrReport(config, io);
  if (loaded === undefined) return undefined;
  const { listeners, hostname } = loaded.config;
  const listener = name === undefined ? listeners[0] : listeners.find((one) => one.name === name);
  if (listener === undefined) {
    const names = listeners.map((one) => one.name).join(', ');
    io.stderr.write(`There is no listener "${name}"; there are: ${names}\n`);
    return undefined;
  }
  const { host, port, tls } = listener;
  // What listens on all addresses listens on this machine's own.
  const reached = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return { host: reached, port, implicitTls: tls?.mode === 'implicit', hostname };
}
