// Gives JSON to the URL of a webhook. The URL is a secret: it stands in no error.
import { createRequire } from 'node:module';
import type * as Undici from 'undici';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import { literalFault, lookUpPublic } from './reach.ts';

export interface WebhookOptions {
  readonly url: string;
  /** The URL may lead to this machine or into a private network. */
  readonly allowLocal: boolean;
  /** Of the process: HTTPS_PROXY and NO_PROXY, in either case. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For the whole request. Default: 15 s. */
  readonly timeoutMs?: number;
}

/** Undefined: it was taken. Else why not, in a sentence for people without a full stop. */
export type PostFault = string | undefined;

export interface Webhook extends AsyncDisposable {
  /** Never rejects. */
  post(body: object, options: { readonly signal: AbortSignal }): Promise<PostFault>;
}

export function createWebhook({
  url: text,
  allowLocal,
  env,
  timeoutMs = 15_000,
}: WebhookOptions): Webhook {
  const url = new URL(text);
  const dispatcher = createDispatcher({ allowLocal, env });
  return {
    async post(body, { signal }) {
      const fault = allowLocal ? undefined : literalFault(url);
      if (fault !== undefined) return fault;
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        const answer = await request.call(dispatcher, {
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method: 'POST',
          headers: { 'Content-Type': 'application/json', 'User-Agent': 'graphpost' },
          body: JSON.stringify(body),
          signal: AbortSignal.any([signal, deadline]),
        });
        await answer.body.dump({ limit: 65_536 });
        return faultOf(answer.statusCode);
      } catch (error) {
        return deadline.aborted ? `There was no answer within ${timeoutMs} ms` : wordsOf(error);
      }
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
}

/** A redirect is not followed: it could lead anywhere. */
function faultOf(status: number): PostFault {
  if (status >= 200 && status < 300) return undefined;
  const isRedirect = status >= 300 && status < 400;
  return `The answer was HTTP ${status}${isRedirect ? ', a redirect, which is not followed' : ''}`;
}

/** By its code, because messages of sockets and proxies may have the URL in them. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return 'The request failed';
  if ('code' in error && typeof error.code === 'string') return `The request failed: ${error.code}`;
  return error.message.includes('://') ? `The request failed: ${error.name}` : error.message;
}

function createDispatcher({ allowLocal, env }: Pick<WebhookOptions, 'allowLocal' | 'env'>) {
  const connect = allowLocal ? {} : { lookup: lookUpPublic };
  const settings = { connections: 1, pipelining: 1, connect } as const;
  const httpsProxy = proxyOf(env);
  if (httpsProxy === undefined) return new Agent(settings);
  const noProxy = env['no_proxy'] ?? env['NO_PROXY'] ?? '';
  // Behind a proxy, names are resolved by the proxy, and where they lead is for its rules.
  const { EnvHttpProxyAgent } = loadUndici();
  const proxied: Undici.Dispatcher = new EnvHttpProxyAgent({
    ...settings,
    httpProxy: '',
    httpsProxy,
    noProxy,
  });
  return proxied;
}

/** Only who has a proxy pays for the whole of undici, without which its agent for proxies does not work. */
function loadUndici(): typeof Undici {
  const undici: typeof Undici = createRequire(import.meta.url)('undici');
  return undici;
}

/** `host:port` means the same as `http://host:port`. Throws when it is no URL; it is not shown: it may hold a password. */
function proxyOf(env: WebhookOptions['env']): string | undefined {
  const text = env['https_proxy'] || env['HTTPS_PROXY'];
  if (!text) return undefined;
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (!url?.hostname) throw new Error('The environment variable HTTPS_PROXY is no URL');
  return url.href;
}
