// What the world's DNS says of the domains that mail is from: SPF, DKIM and DMARC, as Microsoft 365 needs them.
import { findingsOf, type Check, type Finding } from './doctor-check.ts';

export interface DnsResolver {
  /** Rejects with a `code`; ENOTFOUND and ENODATA say that there is none. */
  resolveTxt(name: string): Promise<string[][]>;
  resolveCname(name: string): Promise<string[]>;
}

export interface DomainCheckOptions {
  readonly resolver: DnsResolver;
  /** What SPF has to include: that of the cloud. */
  readonly spfInclude: string;
}

export function domainCheck(domain: string, options: DomainCheckOptions): Check {
  return {
    name: 'domain',
    of: domain,
    isRemote: true,
    run: () => look(domain, options),
  };
}

async function look(domain: string, options: DomainCheckOptions): Promise<readonly Finding[]> {
  const findings = await Promise.all([
    spf(domain, options),
    dkim(domain, options),
    dmarc(domain, options),
  ]);
  if (findings.some(({ state }) => state !== 'warning') || (await knowsTheWorld(options)))
    return findings;
  return findings.map(({ check, code = 'ENOTFOUND' }) => unanswered(check, domain, code));
}

/** A server that does not know Microsoft's own record says of no other that there is none. */
async function knowsTheWorld(options: DomainCheckOptions): Promise<boolean> {
  const asked = await texts(options.spfInclude, options);
  return asked.kind === 'found' && asked.values.length > 0;
}

type Asked<T> =
  | { readonly kind: 'found'; readonly values: readonly T[] }
  | { readonly kind: 'away'; readonly code: string };

async function ask<T>(question: Promise<readonly T[]>): Promise<Asked<T>> {
  try {
    return { kind: 'found', values: await question };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return code === 'ENOTFOUND' || code === 'ENODATA'
      ? { kind: 'found', values: [] }
      : { kind: 'away', code };
  }
}

/** A record is the join of its strings (RFC 7208 §3.3). */
async function texts(name: string, { resolver }: DomainCheckOptions): Promise<Asked<string>> {
  const asked = await ask(resolver.resolveTxt(name));
  return asked.kind === 'away'
    ? asked
    : { ...asked, values: asked.values.map((strings) => strings.join('')) };
}

function unanswered(check: string, of: string, code: string): Finding {
  return findingsOf(check, of).warning('DNS did not answer', {
    code,
    fix: 'Try again; let this machine ask a DNS server that knows the world',
  });
}

/** RFC 7208. */
async function spf(domain: string, options: DomainCheckOptions): Promise<Finding> {
  const { ok, warning, failure } = findingsOf('spf', domain);
  const asked = await texts(domain, options);
  if (asked.kind === 'away') return unanswered('spf', domain, asked.code);
  const records = asked.values.filter((text) => /^v=spf1( |$)/i.test(text));
  const { spfInclude } = options;
  const [record, second] = records;
  if (record === undefined) {
    const fix = `Publish TXT ${domain} "v=spf1 include:${spfInclude} -all"`;
    return warning('There is no SPF record: others may take the mail for forged', { fix });
  }
  if (second !== undefined) {
    const fix = 'Join them into one';
    return failure(`There are ${records.length} SPF records, so none counts (RFC 7208 §4.5)`, {
      fix,
    });
  }
  const terms = record.toLowerCase().split(/\s+/);
  if (terms.some((term) => term.replace(/^\+/, '') === `include:${spfInclude}`)) {
    return ok(`SPF lets Microsoft 365 send: ${record}`);
  }
  if (terms.some((term) => /^(\+?include:|redirect=)/.test(term))) {
    const fix = `See that one of them includes ${spfInclude}`;
    return warning(`SPF does not name Microsoft 365 itself: ${record}`, { fix });
  }
  const fix = `Add include:${spfInclude} to it`;
  return failure(`SPF does not let Microsoft 365 send: ${record}`, { fix });
}

/** Microsoft 365 signs with two keys in turn; their CNAMEs lead into the tenant. */
async function dkim(domain: string, { resolver }: DomainCheckOptions): Promise<Finding> {
  const { ok, warning } = findingsOf('dkim', domain);
  const names = ['selector1', 'selector2'].map((selector) => `${selector}._domainkey.${domain}`);
  const asked = await Promise.all(names.map((name) => ask(resolver.resolveCname(name))));
  const away = asked.find((each) => each.kind === 'away');
  if (away) return unanswered('dkim', domain, away.code);
  const missing = names.filter((_, index) => {
    const each = asked[index];
    return each?.kind === 'found' && each.values.length === 0;
  });
  if (missing.length === 0) return ok('DKIM: both selectors lead to Microsoft 365');
  const fix =
    'Switch DKIM on for the domain in the Defender portal (Email authentication settings), and publish the two CNAME records that it shows';
  return warning(`DKIM: there is no CNAME ${missing.join(', ')}`, { fix });
}

/** RFC 7489 §6.1; a subdomain falls under the record of the domain above it. */
async function dmarc(domain: string, options: DomainCheckOptions): Promise<Finding> {
  const { ok, warning, failure } = findingsOf('dmarc', domain);
  for (const name of withParents(domain)) {
    const asked = await texts(`_dmarc.${name}`, options);
    if (asked.kind === 'away') return unanswered('dmarc', domain, asked.code);
    const records = asked.values.filter((text) => /^v=DMARC1\b/i.test(text));
    const [record] = records;
    if (record === undefined) continue;
    if (records.length > 1) {
      return failure(`There are ${records.length} DMARC records, so none counts`, {
        fix: 'Keep one',
      });
    }
    const policy = /[;\s]p\s*=\s*(\w+)/i.exec(record)?.[1]?.toLowerCase();
    if (policy === undefined)
      return failure(`DMARC has no policy: ${record}`, { fix: 'Add p=none' });
    const of = name === domain ? '' : ` (of ${name})`;
    return ok(`DMARC${of}: ${record}`);
  }
  const fix = `Publish TXT _dmarc.${domain} "v=DMARC1; p=none; rua=mailto:postmaster@${domain}", and tighten it later`;
  return warning('There is no DMARC record: large receivers ask for one', { fix });
}

/** Itself, and what is above it, down to two labels. */
function withParents(domain: string): readonly string[] {
  const labels = domain.split('.');
  return labels
    .slice(0, Math.max(1, labels.length - 1))
    .map((_, index) => labels.slice(index).join('.'));
}
