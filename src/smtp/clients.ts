// Who may send: which entry of the configured clients a session is.
import type { ClientConfig } from '../config/config.ts';
import type { Rejection } from './reply.ts';

/** A login that was proved with its password. */
export interface Login {
  readonly username: string;
  /** Names of the clients whose login it is. */
  readonly clients: readonly string[];
}

/** The other end of a session, as far as it decides which client that is. */
export interface Peer {
  /** IPv4 without the `::ffff:` prefix. */
  readonly ip: string;
  readonly login?: Login;
}

/** The first client that fits: with a login only those that have it, without one only those that need none. */
export function matchClient(
  clients: readonly ClientConfig[],
  peer: Peer,
): ClientConfig | undefined {
  const { ip, login } = peer;
  return clients.find((client) => hasLogin(client, login) && (client.networks?.has(ip) ?? true));
}

/** What a peer is told that is no client. */
export function unknownClient(clients: readonly ClientConfig[], peer: Peer): Rejection {
  const { ip, login } = peer;
  if (login) return wrongPlace(login, ip);
  const diagnostic = `No client without a login has the address ${ip}: allow it under clients, in networks`;
  const reply = anyLogin(clients)
    ? ({ code: 530, status: '5.7.0', text: `Log in first: ${ip} may not send without` } as const)
    : ({ code: 550, status: '5.7.1', text: `${ip} may not send mail here` } as const);
  return { reply, reason: reply.code === 530 ? 'loginRequired' : 'unknownClient', diagnostic };
}

export function anyLogin(clients: readonly ClientConfig[]): boolean {
  return clients.some((client) => client.username !== undefined);
}

function hasLogin(client: ClientConfig, login: Login | undefined): boolean {
  if (login === undefined) return client.username === undefined;
  return client.username === login.username && login.clients.includes(client.name);
}

function wrongPlace({ username }: Login, ip: string): Rejection {
  return {
    reply: { code: 530, status: '5.7.0', text: `This login may not be used from ${ip}` },
    reason: 'unknownClient',
    diagnostic: `The client that logs in as "${username}" may not send from ${ip}: allow it under clients, in its networks`,
  };
}
