import { describe, expect, test } from 'vitest';
import { createClient, createNetworks } from '../../test/dialogs/intake.ts';
import { matchClient, unknownClient, type Peer } from './clients.ts';

const cluster = createClient('cluster', { networks: createNetworks('10.0.0.0/8') });
const wordpress = createClient('wordpress', { username: 'wp' });
const printer = createClient('printer', {
  username: 'printer',
  networks: createNetworks('10.9.0.0/16', 'fd00::/8'),
});
const laptop = createClient('laptop', {
  username: 'printer',
  networks: createNetworks('192.168.0.0/16'),
});
const clients = [cluster, wordpress, printer, laptop];

function loggedIn(username: string, ...names: readonly string[]): Pick<Peer, 'login'> {
  return { login: { username, clients: names } };
}

describe('matchClient()', () => {
  test.each<[string, Peer, string | undefined]>([
    ['an address in its networks', { ip: '10.1.2.3' }, 'cluster'],
    ['no client without a login', { ip: '172.16.0.1' }, undefined],
    ['a login from anywhere', { ip: '172.16.0.1', ...loggedIn('wp', 'wordpress') }, 'wordpress'],
    ['a login, although its network is a client', { ip: '10.0.0.1', ...loggedIn('x') }, undefined],
    [
      'a login within its networks',
      { ip: 'fd00::7', ...loggedIn('printer', 'printer') },
      'printer',
    ],
    [
      'a login outside its networks',
      { ip: '8.8.8.8', ...loggedIn('printer', 'printer') },
      undefined,
    ],
    [
      'the client whose password it was, not another with that user name',
      { ip: '192.168.1.1', ...loggedIn('printer', 'printer') },
      undefined,
    ],
    [
      'the first whose networks fit, of two with one password',
      { ip: '192.168.1.1', ...loggedIn('printer', 'printer', 'laptop') },
      'laptop',
    ],
  ])('finds %s', (_, peer, name) => {
    expect(matchClient(clients, peer)?.name).toBe(name);
  });

  test('takes the first of several that fit', () => {
    const both = [createClient('one'), createClient('two')];
    expect(matchClient(both, { ip: '10.0.0.1' })?.name).toBe('one');
  });
});

describe('unknownClient()', () => {
  test('asks for a login where there are any', () => {
    const { reply, reason } = unknownClient(clients, { ip: '8.8.8.8' });
    expect(reply).toMatchObject({ code: 530, status: '5.7.0' });
    expect(reply.text).toContain('8.8.8.8');
    expect(reason).toBe('loginRequired');
  });

  test('names the address where there are none, and says in the log where to allow it', () => {
    const { reply, reason, diagnostic } = unknownClient([cluster], { ip: '8.8.8.8' });
    expect(reply).toEqual({ code: 550, status: '5.7.1', text: '8.8.8.8 may not send mail here' });
    expect(reason).toBe('unknownClient');
    expect(diagnostic).toMatch(/8\.8\.8\.8.*clients.*networks/);
  });

  test('tells a login outside its networks so', () => {
    const { reply } = unknownClient(clients, { ip: '8.8.8.8', ...loggedIn('printer', 'printer') });
    expect(reply).toMatchObject({ code: 530, text: 'This login may not be used from 8.8.8.8' });
  });
});
