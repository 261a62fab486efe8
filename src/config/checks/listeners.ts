// `listeners`: what they offer must be there, and whom they let in must be said.
import { isLoopback, parseEndpoint } from '../endpoint.ts';
import { parseNetwork } from '../networks.ts';
import { at, isGiven, itemsOf, textOf, type Place, type Report } from '../place.ts';

export function checkListeners(file: Place, report: Report): void {
  for (const listener of itemsOf(at(file, 'listeners'))) {
    checkCertificate(listener, report);
    if (!isGiven(at(file, 'clients'))) checkReach(at(listener, 'address'), report);
  }
}

function checkCertificate(listener: Place, report: Report): void {
  const tls = at(listener, 'tls');
  const mode = textOf(tls);
  if (mode === undefined || mode === 'none' || isGiven(at(listener, 'certificate'))) return;
  if (mode !== 'optional' && mode !== 'required' && mode !== 'implicit') return;
  report(tls, 'needs a certificate', { isAbsence: true });
}

/** Without `clients`, this machine alone may send: a listener beyond it would only refuse. */
function checkReach(address: Place, report: Report): void {
  const endpoint = parseEndpoint(textOf(address) ?? '');
  if (endpoint === undefined || isLoopback(endpoint)) return;
  const hint = 'say under clients who may send';
  report(address, 'is reached from beyond this machine, but there are no clients', {
    hint,
    isAbsence: true,
  });
}

const brokenVersions: ReadonlySet<string> = new Set(['TLSv1', 'TLSv1.1']);

/** What is allowed for old devices and for proxies, and dangerous for everybody else. */
export function warnOfListeners(file: Place, warn: Report): void {
  for (const listener of itemsOf(at(file, 'listeners'))) {
    const minTls = at(listener, 'minTls');
    const version = textOf(minTls) ?? '';
    if (brokenVersions.has(version)) {
      warn(minTls, `${version} is broken: let only old devices reach this listener`);
    }
    for (const network of itemsOf(at(listener, 'proxyProtocol'))) {
      if (parseNetwork(textOf(network) ?? '')?.prefix !== 0) continue;
      warn(network, 'lets everybody who reaches the listener claim any address');
    }
  }
}
