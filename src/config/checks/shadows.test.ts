import { describe, expect, test } from 'vitest';
import { loadConfig } from '../load.ts';

const rest = `
connections: { main: { type: sandbox } }
default: { send: { via: main } }
`;

/** The warnings that are about shadows. */
function warningsOf(text: string): readonly string[] {
  const loading = loadConfig('graphpost.yaml', { env: {}, readFile: () => `${text}${rest}` });
  if (loading.kind === 'faulty') throw new Error(JSON.stringify(loading.faults));
  return loading.warnings
    .filter(({ message }) => message.startsWith('is never'))
    .map(({ key, message }) => `${key} ${message}`);
}

describe('warnOfShadowedRoutes()', () => {
  const asks = 'when: { subject: { is: x } }';
  test.each([
    [
      'behind one that takes everything',
      `routes: [{ name: all, drop: true }, { name: b, ${asks}, drop: true }, { name: c, drop: true }]`,
      ['routes[1] is never asked: the route "all" before it takes everything'],
    ],
    [
      'that asks what another asks',
      `routes: [{ name: a, ${asks}, drop: true }, { name: b, ${asks}, send: { via: main } }]`,
      ['routes[1] is never asked: the route "a" before it asks the same'],
    ],
    [
      'that asks another question',
      `routes: [{ name: a, ${asks}, drop: true }, { name: b, when: { subject: { is: y } }, drop: true }]`,
      [],
    ],
    [
      'that takes the rest',
      `routes: [{ name: a, ${asks}, drop: true }, { name: b, drop: true }]`,
      [],
    ],
  ])('of a route %s', (_name, text, warnings) => {
    expect(warningsOf(text)).toEqual(warnings);
  });
});

describe('warnOfShadowedClients()', () => {
  const client = (name: string, more: string) => `{ name: ${name}, senders: ["*"], ${more} }`;
  const shadowed = ['clients[1] is never matched: "a" before it takes everybody whom it names'];
  test.each([
    ['networks: [10.0.0.0/8]', 'networks: [10.1.0.0/16, 10.2.3.4]', shadowed],
    ['networks: [10.0.0.0/8]', 'networks: [10.1.0.0/16, 192.0.2.1]', []],
    ['networks: [10.1.0.0/16]', 'networks: [10.0.0.0/8]', []],
    ['networks: [0.0.0.0/0]', 'networks: ["fd00::/8"]', []],
    [
      'networks: [10.0.0.0/8]',
      'networks: [10.0.0.1], login: { username: u, password: secret1 }',
      [],
    ],
    [
      'login: { username: u, password: secret1 }',
      'networks: [10.0.0.1], login: { username: u, password: secret1 }',
      shadowed,
    ],
    ['login: { username: u, password: secret1 }', 'login: { username: v, password: secret1 }', []],
  ])('of %s before %s', (first, second, warnings) => {
    expect(warningsOf(`clients: [${client('a', first)}, ${client('b', second)}]`)).toEqual(
      warnings,
    );
  });
});
