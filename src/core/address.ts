// An address of RFC 5321 §4.1.2 as one canonical text, and the patterns that operators write to match addresses.

/**
 * `local-part@domain`: the local part as it was given, the domain in lower case and as A-labels (RFC 5890).
 * Made by `parseAddress` alone, so that two addresses can be compared as texts.
 */
export type Address = string & { readonly '~brand': 'Address' };

/** Addresses as an operator writes them: `app@contoso.com`, `*@contoso.com`, `root@*` or `*`. */
export interface AddressPattern {
  /** The pattern as written, for messages. */
  readonly text: string;
  readonly localPart: string;
  readonly domain: string;
}

/** RFC 5321 §4.5.3.1.1 and §4.5.3.1.2. */
const maxLocalPartOctets = 64;
const maxDomainOctets = 255;

const dotString = /^[^\s\p{Cc}\p{Cf}()<>[\]:;@\\,".]+(\.[^\s\p{Cc}\p{Cf}()<>[\]:;@\\,".]+)*$/u;
const quotedString = /^"([^\p{Cc}"\\]|\\[^\p{Cc}])*"$/u;
const asciiDomain = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;
const addressLiteral = /^\[(\d{1,3}(\.\d{1,3}){3}|ipv6:[0-9a-f:.]+)\]$/;

/**
 * Reads `local-part@domain`, without angle brackets.
 * @returns undefined for what RFC 5321 §4.1.2 (with RFC 6531 §3.3) does not allow as an address
 */
export function parseAddress(text: string): Address | undefined {
  const at = text.lastIndexOf('@');
  const localPart = text.slice(0, at);
  const domain = toCanonicalDomain(text.slice(at + 1));
  if (at < 1 || domain === undefined || !isLocalPart(localPart)) return undefined;
  return `${localPart}@${domain}` as Address;
}

export function localPartOf(address: Address): string {
  return address.slice(0, address.lastIndexOf('@'));
}

export function domainOf(address: Address): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** The text by which two addresses are the same: Exchange ignores the case of local parts. */
export function addressKey(address: string): string {
  return address.toLowerCase();
}

export function sameAddress(one: Address, other: Address): boolean {
  return addressKey(one) === addressKey(other);
}

/** A domain with at least two labels: `localhost`, a bare host name and an address literal have none. */
export function hasFullDomain(address: Address): boolean {
  const domain = domainOf(address);
  return domain.includes('.') && !domain.startsWith('[');
}

/**
 * Reads a pattern: `*` alone, or a local part and a domain, either of which may be `*`; `*@localhost`, `root@*`.
 * @returns undefined when it is none
 */
export function parseAddressPattern(text: string): AddressPattern | undefined {
  if (text === '*') return { text, localPart: '*', domain: '*' };
  const at = text.lastIndexOf('@');
  const localPart = text.slice(0, at);
  const domain = text.slice(at + 1) === '*' ? '*' : toCanonicalDomain(text.slice(at + 1));
  if (at < 1 || domain === undefined || !(localPart === '*' || isLocalPart(localPart))) {
    return undefined;
  }
  return { text, localPart: localPart.toLowerCase(), domain };
}

export function matchesPattern(pattern: AddressPattern, address: Address): boolean {
  return (
    (pattern.localPart === '*' || pattern.localPart === localPartOf(address).toLowerCase()) &&
    (pattern.domain === '*' || pattern.domain === domainOf(address))
  );
}

export function matchesAny(patterns: readonly AddressPattern[], address: Address): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, address));
}

function isLocalPart(text: string): boolean {
  if (text.length > maxLocalPartOctets) return false;
  return dotString.test(text) || quotedString.test(text);
}

/** A domain in lower case and as A-labels; undefined for what is none, or hides control characters behind `xn--`. */
function toCanonicalDomain(text: string): string | undefined {
  const lower = text.toLowerCase();
  if (addressLiteral.test(lower)) return lower;
  const encoded = /[^\x20-\x7e]|xn--/.test(lower) ? toAsciiDomain(lower) : lower;
  if (encoded === undefined || encoded.length > maxDomainOctets) return undefined;
  return asciiDomain.test(encoded) ? encoded : undefined;
}

/** The URL parser of the platform carries out UTS 46, and refuses labels that are not valid. */
function toAsciiDomain(domain: string): string | undefined {
  if (/[\s/?#@:\\%[\]]/.test(domain)) return undefined;
  const url = URL.parse(`http://${domain}/`);
  return url === null || url.hostname === '' ? undefined : url.hostname;
}
