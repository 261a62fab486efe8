// The files of `graphpost rules test`: what messages are tried, and what is expected of them.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';

const oneOrMore = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === 'string' ? [value] : value));

const expectation = z
  .strictObject({
    /** Names of the rules that the recipients take. */
    route: oneOrMore.optional(),
    via: oneOrMore.optional(),
    /** The From address that it leaves with. */
    from: oneOrMore.optional(),
    /** The mailbox that it leaves from. */
    sendAs: oneOrMore.optional(),
    /** Everybody who gets it. */
    recipients: oneOrMore.optional(),
    dropped: z.boolean().optional(),
    held: z.boolean().optional(),
    /** `true`, or a part of what the client is told. */
    refused: z.union([z.boolean(), z.string()]).optional(),
    /** Fields as they leave; `null`: there is none. */
    headers: z.record(z.string(), z.string().nullable()).optional(),
  })
  .refine((expected) => Object.keys(expected).length > 0, { error: 'must expect something' });

const ruleCase = z
  .strictObject({
    name: z.string().optional(),
    client: z.string(),
    address: z.string().optional(),
    listener: z.string().optional(),
    ehlo: z.string().optional(),
    /** '' is the null reverse-path. */
    mailFrom: z.string().default(''),
    rcpt: oneOrMore.refine((rcpt) => rcpt.length > 0, { error: 'must name a recipient' }),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.string().optional(),
    /** A message in a file, from the folder of this one. */
    eml: z.string().optional(),
    expect: expectation,
  })
  .refine(({ eml, headers, body }) => eml === undefined || (headers ?? body) === undefined, {
    error: 'eml stands for headers and body: give it alone',
    path: ['eml'],
  });

export type RuleExpectation = z.output<typeof expectation>;

export interface RuleCase extends Omit<z.output<typeof ruleCase>, 'eml' | 'headers' | 'body'> {
  /** `file:line`. */
  readonly place: string;
  /** The message, line ends as they come. */
  readonly raw: Uint8Array;
}

export interface ReadCases {
  readonly cases: readonly RuleCase[];
  /** Each `file:line: what is wrong`. */
  readonly faults: readonly string[];
}

/** Reads a file of cases: a YAML list. What is wrong with it is a fault, never thrown. */
export function readCases(file: string, { cwd }: { readonly cwd: string }): ReadCases {
  const path = resolve(cwd, file);
  try {
    return parseCases(readFileSync(path, 'utf8'), { file, folder: dirname(path) });
  } catch (error) {
    return { cases: [], faults: [`${file}: ${messageOf(error)}`] };
  }
}

interface Origin {
  readonly file: string;
  readonly folder: string;
}

function parseCases(text: string, { file, folder }: Origin): ReadCases {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const placeOf = (offset: number) => `${file}:${lineCounter.linePos(offset).line}`;
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ message, pos }) => `${placeOf(pos[0])}: ${message}`);
    return { cases: [], faults };
  }
  const lineOf = (keys: readonly PropertyKey[]) => placeOf(offsetOf(document, keys));
  const parsed = z.array(ruleCase).safeParse(document.toJS());
  if (!parsed.success) {
    const faults = parsed.error.issues.map(
      ({ path, message }) =>
        `${lineOf(path)}: ${[path.join('.'), message].filter(Boolean).join(': ')}`,
    );
    return { cases: [], faults };
  }
  return collect(parsed.data, { folder, lineOf: (index) => lineOf([index]) });
}

function collect(
  contents: readonly z.output<typeof ruleCase>[],
  { folder, lineOf }: { readonly folder: string; readonly lineOf: (index: number) => string },
): ReadCases {
  const cases: RuleCase[] = [];
  const faults: string[] = [];
  for (const [index, { eml, headers, body, ...rest }] of contents.entries()) {
    const place = lineOf(index);
    try {
      const raw = eml === undefined ? compose(headers, body) : readFileSync(resolve(folder, eml));
      cases.push({ ...rest, place, raw });
    } catch (error) {
      faults.push(`${place}: eml: ${messageOf(error)}`);
    }
  }
  return { cases, faults };
}

/** Where the innermost node stands that the path leads to. */
function offsetOf(document: Document, keys: readonly PropertyKey[]): number {
  for (let length = keys.length; length >= 0; length--) {
    const node = document.getIn(keys.slice(0, length), true);
    const range = isNode(node) ? node.range : undefined;
    if (range) return range[0];
  }
  return 0;
}

function isNode(value: unknown): value is { readonly range?: readonly [number, number, number] } {
  return typeof value === 'object' && value !== null && 'range' in value;
}

function compose(headers: Readonly<Record<string, string>> = {}, body = ''): Uint8Array {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  // A message needs one field at least.
  const head = lines.length === 0 ? ['Subject:'] : lines;
  return new TextEncoder().encode(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
