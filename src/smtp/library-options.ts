// What the library is told to do, to leave undone, and to leave to us.
import type { SMTPServerOptions } from 'smtp-server';
import type { IntakeLimits, ListenerTls } from '../config/config.ts';
import { toTlsOptions, type Certificate } from './certificate.ts';

export interface LibrarySettings {
  readonly hostname: string;
  readonly limits: IntakeLimits;
  readonly tls?: LibraryTls | undefined;
}

export interface LibraryTls {
  readonly config: ListenerTls;
  readonly certificate: Certificate;
}

/** A new object each time: the library writes into it. */
export function toLibraryOptions(settings: LibrarySettings): SMTPServerOptions {
  return {
    ...toLibraryLimits(settings),
    name: settings.hostname,
    heloResponse: '%s greets %s',
    logger: false,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    hideDSN: false,
    // Judged by `parseAddress` alone, which is stricter where it matters.
    lenientAddressParsing: true,
    authMethods: ['PLAIN', 'LOGIN'],
    authOptional: true,
    // Judged by `refuseLogin`.
    allowInsecureAuth: true,
    ...toTls(settings.tls),
    disabledCommands: [
      // The library would offer it with a certificate whose key is public.
      ...(settings.tls ? [] : ['STARTTLS']),
      ...['XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL'],
    ],
  };
}

function toTls(tls: LibraryTls | undefined): SMTPServerOptions {
  if (tls === undefined) return {};
  const { cert, key } = tls.certificate;
  return { secure: tls.config.mode === 'implicit', cert, key, ...toTlsOptions(tls.config) };
}

/** Those that may change while it runs. */
export function toLibraryLimits({ limits }: Pick<LibrarySettings, 'limits'>): SMTPServerOptions {
  return {
    size: limits.messageBytes,
    socketTimeout: limits.idleTimeoutMs,
    // Of those that have not got so far as to be counted by us.
    maxClients: limits.connections,
  };
}
