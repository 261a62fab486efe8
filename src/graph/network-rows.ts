// What goes wrong before Graph has the whole request, by the code of the error: it was not sent, and may go again.
import { retry, type Explanation, type Verdict } from './verdict.ts';

export interface NetworkRow extends Explanation {
  /** Of Node, OpenSSL or undici. `*` stands for any letters. */
  readonly codes: readonly string[];
  readonly verdict: Verdict;
}

/** The first row that fits decides. */
export const networkRows: readonly NetworkRow[] = [
  {
    codes: ['ENOTFOUND', 'EAI_*'],
    verdict: retry('4.4.3', 'network'),
    problem: 'The name of the host of Microsoft Graph was not found',
    remedy: 'check DNS, and the cloud of the connection',
  },
  {
    codes: ['PROXY_407'],
    verdict: retry('4.4.1', 'network'),
    problem: 'The proxy wants a password, or another one',
    remedy: 'put it into HTTPS_PROXY: http://user:password@host:port',
  },
  {
    codes: ['PROXY_*', 'UND_ERR_PRX_*'],
    verdict: retry('4.4.1', 'network'),
    problem: 'The proxy does not connect to Microsoft Graph',
    remedy: 'let it pass CONNECT to the host of Graph, port 443',
  },
  {
    codes: ['*CERT*', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_TLS_*', 'ERR_SSL_*', 'EPROTO'],
    verdict: retry('4.7.5', 'network'),
    problem: 'There is no trusted TLS connection to Microsoft Graph',
    remedy: 'give the authority of a proxy that breaks TLS open in NODE_EXTRA_CA_CERTS',
  },
  {
    codes: ['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'],
    verdict: retry('4.4.1', 'timeout'),
    problem: 'No connection to Microsoft Graph came about in time',
    remedy: 'check the firewall, and whether a proxy is needed (HTTPS_PROXY)',
  },
  {
    codes: ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EHOSTDOWN'],
    verdict: retry('4.4.1', 'network'),
    problem: 'There is no way to Microsoft Graph',
    remedy: 'check the firewall, and whether a proxy is needed (HTTPS_PROXY)',
  },
  {
    codes: ['DEADLINE', '*TIMEOUT*'],
    verdict: retry('4.4.2', 'timeout'),
    problem: 'Microsoft Graph did not take the whole message in time',
    remedy: 'it is tried again. If it lasts, look at the bandwidth',
  },
];

export const unknownNetworkTrouble: NetworkRow = {
  codes: ['*'],
  verdict: retry('4.4.2', 'network'),
  problem: 'The connection to Microsoft Graph broke before the message was given',
  remedy: 'it is tried again',
};
