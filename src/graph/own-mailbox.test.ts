import { expect, test } from 'vitest';
import { parseAddress, type Address } from '../core/address.ts';
import type { GraphHttp, GraphRequest } from './http.ts';
import { atOwnMailbox } from './own-mailbox.ts';

function addressOf(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`No address: "${text}"`);
  return address;
}

test.each([
  ['/v1.0/users/ann%40contoso.com/sendMail', '/v1.0/me/sendMail'],
  ['/v1.0/users/ANN%40contoso.com/messages/AAM%3D?$select=a', '/v1.0/me/messages/AAM%3D?$select=a'],
  ['/v1.0/users/joann%40contoso.com/sendMail', '/v1.0/users/joann%40contoso.com/sendMail'],
  ['/v1.0/users/ann%40contoso.com.au/sendMail', '/v1.0/users/ann%40contoso.com.au/sendMail'],
])('atOwnMailbox() sends %s to %s', async (path, expected) => {
  const paths: string[] = [];
  const answer = { kind: 'noAnswer' } as Awaited<ReturnType<GraphHttp['request']>>;
  const http: GraphHttp = {
    request(request) {
      paths.push(request.path);
      return Promise.resolve(answer);
    },
    upload: () => Promise.reject(new Error('Nothing is uploaded')),
  };
  await atOwnMailbox(http, addressOf('ann@contoso.com')).request({ path } as GraphRequest);
  expect(paths).toEqual([expected]);
});
