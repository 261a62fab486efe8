// The mailbox of the user who has signed in: Graph knows that of a personal account by no address.
import type { Address } from '../core/address.ts';
import type { GraphHttp } from './http.ts';
import { mailboxPath } from './mailbox-path.ts';

const own = '/v1.0/me';

/** The same requests, but those for the mailbox of `account` go to `/me`. */
export function atOwnMailbox(http: GraphHttp, account: Address): GraphHttp {
  const named = `${mailboxPath(account)}/`.toLowerCase();
  return {
    request(request) {
      const { path } = request;
      const isOwn = path.toLowerCase().startsWith(named);
      return http.request(
        isOwn ? { ...request, path: `${own}/${path.slice(named.length)}` } : request,
      );
    },
    upload: (request) => http.upload(request),
  };
}
