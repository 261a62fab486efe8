// What the library is told to do, to leave undone, and to leave to us.
import type { SMTPServerOptions } from 'smtp-server';
import type { IntakeLimits } from '../config/config.ts';

export interface LibrarySettings {
  readonly hostname: string;
  readonly limits: IntakeLimits;
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
    // Judged by `parseAddress` alone, which is stricter where it matters.
    lenientAddressParsing: true,
    authMethods: ['PLAIN', 'LOGIN'],
    authOptional: true,
    // Judged by `refuseLogin`.
    allowInsecureAuth: true,
    // The library would offer STARTTLS with a certificate whose key is public.
    disabledCommands: ['STARTTLS', 'XCLIENT', 'XFORWARD', 'WIZ', 'SHELL', 'KILL'],
  };
}

/** Those that may change while it runs. */
export function toLibraryLimits({ limits }: Pick<LibrarySettings, 'limits'>): SMTPServerOptions {
  return { size: limits.messageBytes, socketTimeout: limits.idleTimeoutMs };
}
