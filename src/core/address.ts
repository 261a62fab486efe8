// An address of RFC 5321 §4.1.2 as one canonical text, and the patterns that operators write to match addresses.

/**
 * `local-part@domain`: the local part as it was given, without quotes that it can do without; the domain in lower case
 * and as A-labels (RFC 5890). Made by `parseAddress` alone, so that two addresses can be compared as texts.
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
/** RFC 1035 §2.3.4. */
const maxLabelOctets = 63;

/** Controls, invisible characters, line and paragraph separators, halves of surrogate pairs. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** A dot at its end, which some devices have (HPE's iLO: `name.@domain`), is legal in quotes alone: write it so. */
const dotString = /^[^\s()<>[\]:;@\\,".]+(\.[^\s()<>[\]:;@\\,".]+)*\.?$/u;
const quotedString = /^"([^"\\]|\\[\x20-\x7e])*"$/u;
const asciiDomain = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;
const addressLiteral = /^\[(?:(\d{1,3}(?:\.\d{1,3}){3})|ipv6:([0-9a-f:.]+))\]$/;

/**
 * Reads `local-part@domain`, without angle brackets.
 * @returns undefined for what RFC 5321 §4.1.2 (with RFC 6531 §3.3) does not allow as an address
 */
export function parseAddress(text: string): Address | undefined {
  if (text.length > maxLocalPartOctets + 1 + maxDomainOctets) return undefined;
  const at = text.lastIndexOf('@');
  const localPart = toCanonicalLocalPart(text.slice(0, Math.max(at, 0)));
  if (localPart === undefined) return undefined;
  const domain = toCanonicalDomain(text.slice(at + 1));
  return domain === undefined ? undefined : (`${localPart}@${domain}` as Address);
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
 * @returns undefined when it is none; `*` beside other letters stands for nothing, so that nobody relies on it
 */
export function parseAddressPattern(text: string): AddressPattern | undefined {
  if (text === '*') return { text, localPart: '*', domain: '*' };
  const at = text.lastIndexOf('@');
  const localPart = toLocalPartPattern(text.slice(0, Math.max(at, 0)));
  const domain = text.slice(at + 1) === '*' ? '*' : toCanonicalDomain(text.slice(at + 1));
  return localPart === undefined || domain === undefined ? undefined : { text, localPart, domain };
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

function toLocalPartPattern(text: string): string | undefined {
  if (text === '*') return text;
  return text.includes('*') ? undefined : toCanonicalLocalPart(text)?.toLowerCase();
}

/**
 * Without quotes where it means the same without (RFC 5321 §4.1.2).
 * @returns undefined for what is no local part, or could be read as an encoded word (RFC 2047) in a header
 */
function toCanonicalLocalPart(text: string): string | undefined {
  if (octetsOf(text) > maxLocalPartOctets || unprintable.test(text)) return undefined;
  const content = quotedString.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text;
  if (content.includes('=?')) return undefined;
  if (dotString.test(content)) return content;
  return content === text ? undefined : text;
}

function octetsOf(text: string): number {
  return /[^\0-\x7f]/.test(text) ? new TextEncoder().encode(text).length : text.length;
}

/** A domain in lower case and as A-labels; undefined for what is none, or hides control characters behind `xn--`. */
function toCanonicalDomain(text: string): string | undefined {
  if (text.length > maxDomainOctets) return undefined;
  const lower = text.toLowerCase();
  if (isAddressLiteral(lower)) return lower;
  const encoded = /[^\x20-\x7e]|xn--/.test(lower) ? toAsciiDomain(lower) : lower;
  return encoded !== undefined && isAsciiDomain(encoded) ? encoded : undefined;
}

function isAddressLiteral(text: string): boolean {
  const [, ipv4, ipv6] = addressLiteral.exec(text) ?? [];
  if (ipv4 !== undefined) return ipv4.split('.').every((number) => Number(number) <= 255);
  return ipv6 !== undefined && URL.canParse(`http://[${ipv6}]/`);
}

function isAsciiDomain(text: string): boolean {
  if (text.length > maxDomainOctets || !asciiDomain.test(text)) return false;
  return text.split('.').every((label) => label.length <= maxLabelOctets);
}

/**
 * A domain, or one label, as A-labels by UTS 46: the URL parser of the platform carries it out.
 * @returns undefined for labels that are not valid, or of which nothing would be left
 */
export function toAsciiDomain(domain: string): string | undefined {
  if (/[\s/?#@:\\%[\]]/.test(domain) || unprintable.test(domain)) return undefined;
  // The parser looks behind `xn--` only where there is a letter beyond ASCII: the label in front sees to that.
  const url = URL.parse(`http://ü.${domain}/`);
  return url?.hostname.slice('xn--tda.'.length) || undefined;
}
