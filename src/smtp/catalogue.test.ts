// docs/smtp.md explains every reply that says no, and no other.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deferred, failed, type Reason, type Refusal } from '../core/outcome.ts';
import type { Permanent, Transient } from '../core/status.ts';
import { toReply } from './reply.ts';

const root = join(import.meta.dirname, '../..');

function sourcesOf(pattern: string): readonly string[] {
  return globSync(join(root, pattern))
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => readFileSync(file, 'utf8'));
}

/** A reply without its variable parts: `450 4.7.1 Too many messages in a minute; try again in … seconds`. */
function toRow(code: string | number, status: string, text: string): string {
  return `${code} ${status} ${text.replaceAll(/\$\{[^}]*\}/g, '…')}`;
}

/** Replies that stand in the sources as they are. */
function literalReplies(): readonly string[] {
  const literal = /code: (\d+),\s*status: '([\d.]+)',\s*text: (['`])(.+?)\3/g;
  return sourcesOf('src/smtp/*.ts').flatMap((source) =>
    [...source.matchAll(literal)].map(([, code = '', status = '', , text = '']) =>
      toRow(code, status, text),
    ),
  );
}

/** Where acceptance says no. */
const refusing =
  'src/{smtp/*,mime/header-bounds,core/senders,relay/{receive,pressure,accept,examine-*,plan-*}}.ts';

/** The sentences that refusals bring along for the client. */
function sentences(): readonly string[] {
  return sourcesOf(refusing).flatMap((source) =>
    [...source.matchAll(/(?:reply: |malformed\()(['`])(.+?)\1/g)].map(([, , text = '']) =>
      text.replaceAll(/\$\{[^}]*\}/g, '…'),
    ),
  );
}

/** Code and status of the refusals that acceptance makes. */
function refusedStatuses(): readonly string[] {
  const refusal = /(failed|deferred)\('([\d.]+)', \{\s*reason: '(\w+)'/g;
  return sourcesOf(refusing).flatMap((source) =>
    [...source.matchAll(refusal)].map(([, kind, status = '', reason = '']) =>
      codeAndStatus(toRefusal(kind, status, reason)),
    ),
  );
}

/** The sources are type-checked: what stands there is a status and a reason. */
function toRefusal(kind: string | undefined, status: string, reason: string): Refusal {
  const detail = { reason: reason as Reason, diagnostic: '' };
  if (kind === 'failed') return failed(status as Permanent, detail);
  return deferred(status as Transient, detail);
}

function codeAndStatus(refusal: Refusal): string {
  const { code, status } = toReply(refusal);
  return `${code} ${status}`;
}

const page = readFileSync(join(root, 'docs/smtp.md'), 'utf8');
const rows = [...page.matchAll(/^\| `(\d{3}) ([\d.]+)` +\| (.+?) +\| (.+?) +\| (.+?) +\|$/gm)].map(
  ([, code = '', status = '', text = '']) => toRow(code, status, text),
);

describe('docs/smtp.md', () => {
  test('has every reply of the sources, word for word', () => {
    const replies = literalReplies();
    expect(replies.length).toBeGreaterThan(15);
    for (const reply of replies) expect(rows).toContain(reply);
  });

  test('has every status that acceptance refuses with', () => {
    const statuses = refusedStatuses();
    expect(statuses.length).toBeGreaterThan(5);
    const documented = rows.map((row) => row.split(' ', 2).join(' '));
    for (const status of statuses) expect(documented).toContain(status);
  });

  test('has every sentence that acceptance refuses with', () => {
    const texts = rows.map((row) => row.split(' ').slice(2).join(' '));
    expect(sentences().length).toBeGreaterThan(5);
    for (const sentence of sentences()) expect(texts).toContain(sentence);
  });

  test('has no reply that nobody gives', () => {
    const given = [...literalReplies(), ...refusedStatuses(), ...ofRelay];
    const unknown = rows.filter((row) => !given.some((reply) => row.startsWith(reply)));
    expect(unknown).toEqual([]);
  });
});

/** Given where the routes are planned. */
const ofRelay = ['550 5.7.1 the text of the rule', '554 5.7.1 Message has no', '451 4.3.5 '];
