// How SMTP2Graph takes mail in (`receive`), as listener, clients and limits of ours.
import { parseAddress } from '../core/address.ts';
import { parseEndpoint } from '../config/endpoint.ts';
import { parseNetwork } from '../config/networks.ts';
import { isName, uniqueName, usable } from './import-connections.ts';
import { remarked, type Block, type Piece } from './import-document.ts';
import type { Findings, Reading } from './import-findings.ts';
import { pathOf } from './import-paths.ts';
import type { Settings } from './import-settings.ts';

export function listenerOf(reading: Reading): Block {
  const { settings, findings } = reading;
  if (settings.text('receive', 'banner') !== undefined) {
    findings.leftOut('receive.banner', 'the greeting names the gateway (hostname)');
  }
  return { name: 'apps', address: addressOf(settings), ...tlsOf(reading) };
}

function addressOf(settings: Settings): Piece {
  const port = settings.number('receive', 'port');
  const host = settings.text('receive', 'listenAddress') ?? '0.0.0.0';
  const address = `${host.includes(':') ? `[${host}]` : host}:${port ?? 25}`;
  const usableAddress = parseEndpoint(address) ? address : '0.0.0.0:25';
  if (port !== undefined) return usableAddress;
  return remarked('receive.port is absent: 25, or 587 in the Docker image', usableAddress);
}

function tlsOf(reading: Reading): Block {
  const { settings, findings } = reading;
  const cert = settings.text('receive', 'tlsCertPath');
  const key = settings.text('receive', 'tlsKeyPath');
  const isSecure = settings.flag('receive', 'secure') === true;
  const hasCertificate = cert !== undefined && key !== undefined;
  const isTakenInClear = settings.flag('receive', 'allowInsecureAuth') === true || !hasCertificate;
  if (isSecure && !hasCertificate) {
    findings.toDo(
      'receive.secure',
      'SMTP2Graph used a certificate whose key everybody has: put one of your own into tls.crt and tls.key',
    );
  }
  return {
    ...(isSecure && {
      tls: remarked('receive.secure: sessions begin with TLS; there is no STARTTLS', 'implicit'),
    }),
    ...((isSecure || hasCertificate) && {
      certificate: {
        cert: pathOf(cert ?? 'tls.crt', { ...reading, setting: 'receive.tlsCertPath' }),
        key: pathOf(key ?? 'tls.key', { ...reading, setting: 'receive.tlsKeyPath' }),
      },
    }),
    ...(settings.has('receive', 'users') &&
      !isSecure &&
      isTakenInClear && {
        loginWithoutTls: remarked(
          'As SMTP2Graph had it: passwords travel in clear. Better false, and a certificate',
          true,
        ),
      }),
  };
}

export function clientsOf(reading: Reading): readonly Piece[] {
  const { settings, findings } = reading;
  const whitelist = settings.texts('receive', 'ipWhitelist') ?? [];
  const networks = usable(whitelist, {
    ...{ parse: parseNetwork, setting: 'receive.ipWhitelist', findings },
  });
  const senders = sendersOf(reading, ['receive', 'allowedFrom']);
  const needsLogin = settings.flag('receive', 'requireAuth') === true;
  const logins = loginsOf(reading, { networks, senders });
  if (needsLogin && logins.length > 0) return logins;
  const named = networks.length > 0 ? networks : insteadOfNetworks(whitelist, findings);
  return [{ name: 'apps', networks: named, senders }, ...logins];
}

/** SMTP2Graph lets in nobody where nothing of the list can be used, and anybody where there is no list. */
function insteadOfNetworks(whitelist: readonly string[], findings: Findings): Piece {
  if (whitelist.length > 0) return ['127.0.0.1'];
  findings.differs(
    'receive.ipWhitelist',
    'is absent: SMTP2Graph took mail from anywhere, and here it comes from private networks alone',
  );
  return remarked('receive.ipWhitelist is absent. Name the networks of your apps', [
    ...['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '::1', 'fd00::/8'],
  ]);
}

function sendersOf({ settings, findings }: Reading, path: readonly (string | number)[]): Piece {
  const given = settings.texts(...path);
  if (given === undefined) {
    return remarked('allowedFrom is absent: anybody. Better the addresses of your apps', ['*']);
  }
  const senders = usable(given, { parse: parseOneAddress, setting: path.join('.'), findings });
  if (senders.length === 0) {
    return remarked('To do: nothing in allowedFrom can be used', ['nobody@example.invalid']);
  }
  return remarked('allowedFrom. It holds for From and Sender too, not MAIL FROM alone', senders);
}

/** A star is a letter there, and a pattern here. */
function parseOneAddress(text: string): string | undefined {
  return text.includes('*') ? undefined : parseAddress(text);
}

interface Shared {
  readonly networks: readonly string[];
  readonly senders: Piece;
}

function loginsOf(reading: Reading, shared: Shared): readonly Piece[] {
  const taken = new Set(['apps']);
  return reading.settings.keys('receive', 'users').flatMap((position) => {
    const client = loginOf(reading, { ...shared, position, taken });
    return client ? [client] : [];
  });
}

function loginOf(
  reading: Reading,
  { networks, senders, position, taken }: Shared & { position: string; taken: Set<string> },
): Block | undefined {
  const { settings, findings, hashPassword } = reading;
  const path = ['receive', 'users', position] as const;
  const username = settings.text(...path, 'username') ?? '';
  const password = settings.text(...path, 'password') ?? '';
  const own = settings.has(...path, 'allowedFrom')
    ? sendersOf(reading, [...path, 'allowedFrom'])
    : senders;
  if (!isName(username) || password === '') {
    findings.leftOut(path.join('.'), 'has no username, or no password, that can be used');
    return undefined;
  }
  const name = uniqueName(username, taken);
  taken.add(name);
  const hash = remarked('Of its password, which is written nowhere', hashPassword(password));
  return {
    name,
    ...(networks.length > 0 && { networks }),
    login: { username, passwordHash: hash },
    senders: own,
  };
}

export function limitsOf({ settings, findings }: Reading): Piece | undefined {
  const written = settings.text('receive', 'maxSize') ?? '';
  // Its k and m are those of 1024.
  const size = /^[1-9]\d{0,8}[km]$/i.test(written) ? `${written.toUpperCase()}iB` : undefined;
  const failures = settings.count('receive', 'authLimit', 'limit');
  const seconds = settings.count('receive', 'authLimit', 'duration') ?? 60;
  if (settings.has('receive', 'rateLimit')) {
    settings.ignore('receive', 'rateLimit');
    findings.leftOut(
      'receive.rateLimit',
      'it counts the connections of a time; limits.connections bounds those at once, limits.messagesPerMinute messages',
    );
  }
  if (size === undefined && failures === undefined) return undefined;
  return {
    ...(size !== undefined && { messageSize: size }),
    ...(failures !== undefined && {
      authFailuresPerMinute: remarked(
        `receive.authLimit: ${failures} in ${seconds} s, where right passwords counted too`,
        Math.max(1, Math.round((failures * 60) / seconds)),
      ),
    }),
  };
}
