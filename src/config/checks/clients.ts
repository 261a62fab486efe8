// `clients`: who may send must say as whom.
import { isLoopback, parseEndpoint } from '../endpoint.ts';
import { isThisMachine, parseNetwork } from '../networks.ts';
import { at, isGiven, itemsOf, textOf, type Place, type Report } from '../place.ts';
import { checkExactlyOne } from './exactly-one.ts';

export function checkClients(file: Place, report: Report): void {
  for (const client of itemsOf(at(file, 'clients'))) {
    checkSenders(client, report);
    checkExactlyOne(at(client, 'login'), { of: ['password', 'passwordHash'], report });
  }
}

function checkSenders(client: Place, report: Report): void {
  const senders = at(client, 'senders');
  if (client.node?.kind !== 'map' || isGiven(senders) || isLocal(at(client, 'networks'))) return;
  const message =
    'is missing: unless its networks are this machine alone, a client must say as whom it may send';
  report(senders, message, { hint: 'senders: ["*"] says as anybody', isAbsence: true });
}

/** Also where a network cannot be read: that fault comes first. */
function isLocal(networks: Place): boolean {
  const items = itemsOf(networks).map((item) => parseNetwork(textOf(item) ?? ''));
  return (
    items.length > 0 && items.every((network) => network === undefined || isThisMachine(network))
  );
}

/** A client that anybody can be is allowed, but seldom meant. */
export function warnOfOpenClients(file: Place, warn: Report): void {
  for (const client of itemsOf(at(file, 'clients'))) {
    if (isGiven(at(client, 'networks')) || isGiven(at(client, 'login'))) continue;
    warn(
      client,
      'has neither networks nor login: whoever reaches a listener may send as this client',
    );
  }
}

/** A password may travel in clear from this machine alone, so a login that others are meant to use needs TLS. */
export function warnOfLogins(file: Place, warn: Report): void {
  const listeners = itemsOf(at(file, 'listeners'));
  if (listeners.some(takesLoginsFromAfar)) return;
  if (!listeners.some((listener) => isReachedFromAfar(at(listener, 'address')))) return;
  for (const client of itemsOf(at(file, 'clients'))) {
    const login = at(client, 'login');
    if (!isGiven(login)) continue;
    const hint =
      'give a listener a certificate, or loginWithoutTls: true where the network is trusted';
    warn(login, 'works from this machine alone: no listener takes passwords over TLS', { hint });
  }
}

function takesLoginsFromAfar(listener: Place): boolean {
  return isGiven(at(listener, 'certificate')) || textOf(at(listener, 'loginWithoutTls')) === 'true';
}

function isReachedFromAfar(address: Place): boolean {
  const endpoint = parseEndpoint(textOf(address) ?? '');
  return endpoint !== undefined && !isLoopback(endpoint);
}
