// What never has its turn, because something before it takes all that it could: routes and clients.
import type { FileNode } from '../file-node.ts';
import { compileNetworks, parseNetwork, type Network } from '../networks.ts';
import { at, isGiven, itemsOf, textOf, type Place, type Report } from '../place.ts';

/** The first one is named; those behind it share its fate. */
export function warnOfShadowedRoutes(file: Place, warn: Report): void {
  const routes = itemsOf(at(file, 'routes'));
  for (const [index, route] of routes.entries()) {
    const earlier = routes.slice(0, index).find((each) => takesAllOf(each, route));
    if (earlier === undefined) continue;
    const taker = textOf(at(earlier, 'name')) ?? 'an earlier one';
    const why = isGiven(at(earlier, 'when')) ? 'asks the same' : 'takes everything';
    warn(route, `is never asked: the route "${taker}" before it ${why}`);
    if (!isGiven(at(earlier, 'when'))) return;
  }
}

function takesAllOf(earlier: Place, route: Place): boolean {
  const [before, when] = [at(earlier, 'when').node, at(route, 'when').node];
  if (before === undefined) return true;
  return when !== undefined && JSON.stringify(plain(before)) === JSON.stringify(plain(when));
}

/** Without the places at which it stands. */
function plain(node: FileNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plain);
    case 'map':
      return [...node.entries].map(([key, value]) => [key, plain(value)]);
    case 'broken':
      return { broken: node.span };
  }
}

export function warnOfShadowedClients(file: Place, warn: Report): void {
  const clients = itemsOf(at(file, 'clients'));
  for (const [index, client] of clients.entries()) {
    const earlier = clients.slice(0, index).find((each) => isClientOf(each, client));
    if (earlier === undefined) continue;
    const taker = textOf(at(earlier, 'name')) ?? 'an earlier one';
    const message = `is never matched: "${taker}" before it takes everybody whom it names`;
    warn(client, message, { hint: 'put the narrower one first' });
  }
}

/** Whoever fits `client` fits `earlier` as well. */
function isClientOf(earlier: Place, client: Place): boolean {
  const usernameOf = (place: Place) => textOf(at(place, 'login', 'username'));
  const [one, other] = [isGiven(at(earlier, 'login')), isGiven(at(client, 'login'))];
  if (one !== other || usernameOf(earlier) !== usernameOf(client)) return false;
  if (!isGiven(at(earlier, 'networks'))) return true;
  const [outer, inner] = [networksOf(earlier), networksOf(client)];
  return (
    inner.length > 0 && inner.every((network) => outer.some((each) => contains(each, network)))
  );
}

function networksOf(client: Place): readonly Network[] {
  return itemsOf(at(client, 'networks')).flatMap((item) => parseNetwork(textOf(item) ?? '') ?? []);
}

function contains(outer: Network, inner: Network): boolean {
  if (outer.family !== inner.family || outer.prefix > inner.prefix) return false;
  return compileNetworks([outer]).has(inner.address);
}
