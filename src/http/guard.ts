// Keeps other people's web pages away from the admin server: by the names in Host, by Origin, and by headers.
import type { MiddlewareHandler } from 'hono';
import { isIP } from 'node:net';
import { problemResponse } from './problem.ts';

const securityHeaders = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  // Not no-referrer: with that, browsers send `Origin: null` with our own forms.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

export function setSecurityHeaders(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(securityHeaders)) c.header(name, value);
    // What a handler says of its own file stands.
    if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store');
  };
}

export interface KnownHosts {
  /** The address that the server is bound to. */
  readonly host: string;
  /** The gateway's own name. */
  readonly hostname: string;
}

/**
 * Answers only requests that call the server by a name of its own: a page whose DNS name was rebound to this
 * machine still sends its own name. The port may be any, because tunnels and containers change it. A server on all
 * addresses of the machine is also reached by each of them: those are no names that anybody could rebind.
 */
export function requireKnownHost({ host, hostname }: KnownHosts): MiddlewareHandler {
  const known = new Set([host, hostname, 'localhost', '127.0.0.1', '::1'].map(toLowerCase));
  const isWildcard = host === '0.0.0.0' || host === '::';
  return async (c, next) => {
    const name = hostNameOf(c.req.header('Host') ?? '');
    if (known.has(name) || (isWildcard && isIP(name) !== 0)) return next();
    return problemResponse(c, {
      status: 421,
      title: 'Misdirected request',
      detail: `This server answers to "localhost" and "${hostname}", not to the name in Host`,
    });
  };
}

/** A browser says where a form or script comes from; programs that say nothing have no cookies to be abused. */
export function requireSameOrigin(): MiddlewareHandler {
  return async (c, next) => {
    const origin = c.req.header('Origin');
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
    if (isRead || origin === undefined || URL.parse(origin)?.host === c.req.header('Host')) {
      return next();
    }
    return problemResponse(c, {
      status: 403,
      title: 'Cross-origin request',
      detail: 'Requests that change something must come from the page of this server itself',
    });
  };
}

/** The name of a Host field (RFC 9110 §7.2) in lower case, without port and brackets; '' when it is none. */
function hostNameOf(field: string): string {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:@/?#\s[\]]+))(?::\d*)?$/i.exec(field);
  return (match?.[1] ?? match?.[2] ?? '').toLowerCase();
}

function toLowerCase(text: string): string {
  return text.toLowerCase();
}
