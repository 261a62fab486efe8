// Two servers cannot listen at one address: listeners, telemetry and page.
import { parseEndpoint } from '../endpoint.ts';
import { at, isGiven, itemsOf, textOf, type Place, type Report } from '../place.ts';
import { formatKey } from '../report.ts';

interface Server {
  readonly place: Place;
  /** As in the file, or the default. */
  readonly text: string;
}

export function checkAddresses(file: Place, report: Report): void {
  const servers = serversOf(file);
  for (const [index, server] of servers.entries()) {
    const other = servers.slice(0, index).find((earlier) => collide(earlier.text, server.text));
    if (other === undefined) continue;
    // What stands in the file can be changed there.
    const [blamed, taker] = isGiven(server.place) ? [server, other] : [other, server];
    report(blamed.place, `is taken: ${formatKey(taker.place.path)} listens at ${taker.text}`);
  }
}

function serversOf(file: Place): readonly Server[] {
  const listeners = itemsOf(at(file, 'listeners')).map((listener) => at(listener, 'address'));
  const known = [
    ...listeners.map((place) => ({ place, usual: undefined })),
    { place: at(file, 'http', 'telemetry'), usual: '127.0.0.1:9464' },
    { place: at(file, 'http', 'admin'), usual: '127.0.0.1:8025' },
  ];
  return known.flatMap(({ place, usual }) => {
    const text = isGiven(place) ? textOf(place) : usual;
    return text === undefined ? [] : [{ place, text }];
  });
}

/** Port 0 is another one each time. */
function collide(one: string, other: string): boolean {
  const [first, second] = [parseEndpoint(one), parseEndpoint(other)];
  if (!first || !second || first.port === 0 || first.port !== second.port) return false;
  const hosts = [first.host.toLowerCase(), second.host.toLowerCase()];
  return hosts[0] === hosts[1] || hosts.some((host) => host === '0.0.0.0' || host === '::');
}
