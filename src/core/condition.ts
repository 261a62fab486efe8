// Conditions of a rule: what they may ask of a message, and whether it holds.
import { parseAddress, toAsciiDomain, type Address } from './address.ts';
import type { Client } from './client.ts';
import type { ContentFacts } from './content.ts';
import { fieldsNamed, hasField } from './header-field.ts';
import type { HeaderFacts } from './message.ts';

/** `header.<Name>` is `{ header: name }`. */
export type Property =
  | ContentProperty
  | 'client'
  | 'client.address'
  | 'client.login'
  | 'client.listener'
  | 'client.ehlo'
  | 'envelopeFrom'
  | 'recipient'
  | 'from'
  | 'from.name'
  | 'to'
  | 'cc'
  | 'bcc'
  | 'replyTo'
  | 'subject'
  | 'size'
  | { readonly header: string };

/** The properties for which the content of a message must be read, beyond its header. */
export const contentProperties = [
  'body',
  'attachment.name',
  'attachment.type',
  'attachment.size',
  'attachment.count',
] as const;

export type ContentProperty = (typeof contentProperties)[number];

/** A compiled pattern (RE2 semantics: no input can make it hang). */
export interface Pattern {
  readonly source: string;
  test(text: string): boolean;
}

/** A compiled list of IP networks. */
export interface Networks {
  has(ip: string): boolean;
}

/** One question put to each value of a property. Case is ignored unless `caseSensitive`. */
export type Test =
  | {
      readonly operator: 'is' | 'isNot' | 'contains' | 'notContains' | 'startsWith' | 'endsWith';
      readonly value: string;
      readonly caseSensitive: boolean;
    }
  | { readonly operator: 'matches'; readonly pattern: Pattern }
  | { readonly operator: 'in'; readonly values: readonly string[]; readonly caseSensitive: boolean }
  | { readonly operator: 'inNetworks'; readonly networks: Networks }
  | { readonly operator: 'over' | 'under'; readonly value: number }
  | { readonly operator: 'exists'; readonly value: boolean };

export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly property: Property; readonly tests: readonly Test[] };

/** What a condition sees: the message as it was received, and the recipient that is being routed. */
export interface RoutingSubject {
  readonly client: Client;
  readonly reversePath: Address | null;
  readonly recipient: Address;
  readonly header: HeaderFacts;
  readonly sizeBytes: number;
  /** Absent where nobody read it: no rule whose `when` can be decided by it may be asked then. */
  readonly content?: ContentFacts;
}

/** Whether the condition holds. With several values an operator needs one that matches, `isNot` and `notContains` none. */
export function evaluate(condition: Condition, subject: RoutingSubject): boolean {
  return decide(condition, (question) => holds(question, subject));
}

/**
 * `evaluate` for all recipients of one message: what does not depend on the recipient is asked once, so that many
 * recipients and a long To together stay cheap.
 */
export function createEvaluator(
  message: Omit<RoutingSubject, 'recipient'>,
): (condition: Condition, recipient: Address) => boolean {
  const answer = createAnswers(message);
  return (condition, recipient) => decide(condition, (question) => answer(question, recipient));
}

/** The answers to single questions of conditions: as `createEvaluator`, asked once where that does. */
export function createAnswers(
  message: Omit<RoutingSubject, 'recipient'>,
): (question: Question, recipient: Address) => boolean {
  const answers = new Map<Question, boolean>();
  const asked = new Map<string, Asked>();
  return (question, recipient) => {
    const known = answers.get(question);
    if (known !== undefined) return known;
    const { property, tests } = question;
    if (property === 'recipient') return holds(question, { ...message, recipient });
    const name = nameOf(property);
    const values = asked.get(name) ?? askFor(property, { ...message, recipient });
    asked.set(name, values);
    const answer = tests.every((test) => passes(test, values));
    answers.set(question, answer);
    return answer;
  };
}

function nameOf(property: Property): string {
  return typeof property === 'string' ? property : `header.${property.header.toLowerCase()}`;
}

/** A condition that is no group: one property, and what is asked of it. */
export type Question = Extract<Condition, { readonly property: Property }>;

function decide(condition: Condition, answer: (question: Question) => boolean): boolean {
  if ('all' in condition) return condition.all.every((part) => decide(part, answer));
  if ('any' in condition) return condition.any.some((part) => decide(part, answer));
  if ('not' in condition) return !decide(condition.not, answer);
  return answer(condition);
}

function holds({ property, tests }: Question, subject: RoutingSubject): boolean {
  const asked = askFor(property, subject);
  return tests.every((test) => passes(test, asked));
}

/** The values that a question saw, and which of its tests they pass: what `evaluate` goes by, for people. */
export function examine({ property, tests }: Question, subject: RoutingSubject) {
  const asked = askFor(property, subject);
  return { values: asked.values, passed: tests.map((test) => passes(test, asked)) };
}

/** What one property of a subject says. */
interface Asked {
  readonly property: Property;
  /** Empty when it is missing. */
  readonly values: readonly string[];
  /** In lower case. */
  readonly folded: readonly string[];
}

function askFor(property: Property, subject: RoutingSubject): Asked {
  const values = valuesOf(property, subject);
  return { property, values, folded: values.map((value) => value.toLowerCase()) };
}

function valuesOf(property: Property, subject: RoutingSubject): readonly string[] {
  const { client, header } = subject;
  if (typeof property === 'object') {
    return fieldsNamed(header, property.header).map(({ value }) => value);
  }
  switch (property) {
    case 'client':
      return [client.name];
    case 'client.address':
      return [client.ip];
    case 'client.login':
      return client.login === undefined ? [] : [client.login];
    case 'client.listener':
      return [client.listener];
    case 'client.ehlo':
      return client.ehlo === '' ? [] : [client.ehlo];
    case 'envelopeFrom':
      return [subject.reversePath ?? ''];
    case 'recipient':
      return [subject.recipient];
    case 'from.name':
      return header.from.map(({ name }) => name).filter((name) => name !== '');
    case 'subject':
      return header.subject === '' && !hasField(header, 'Subject') ? [] : [header.subject];
    case 'size':
      return [String(subject.sizeBytes)];
    case 'body':
    case 'attachment.name':
    case 'attachment.type':
    case 'attachment.size':
    case 'attachment.count':
      return subject.content ? contentValues(property, subject.content) : [];
    case 'from':
    case 'to':
    case 'cc':
    case 'bcc':
    case 'replyTo':
      return header[property].map(({ address }) => parseAddress(address) ?? address);
  }
}

function contentValues(
  property: ContentProperty,
  { texts, attachments }: ContentFacts,
): readonly string[] {
  switch (property) {
    case 'body':
      return texts;
    case 'attachment.name':
      return attachments.map(({ name }) => name).filter((name) => name !== '');
    case 'attachment.type':
      return attachments.map(({ type }) => type);
    case 'attachment.size':
      return attachments.map(({ sizeBytes }) => String(sizeBytes));
    case 'attachment.count':
      return [String(attachments.length)];
  }
}

function passes(test: Test, asked: Asked): boolean {
  const { values } = asked;
  switch (test.operator) {
    case 'is':
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return someMatches(asked, comparisons[test.operator], test);
    case 'isNot':
      return !someMatches(asked, comparisons.is, test);
    case 'notContains':
      return !someMatches(asked, comparisons.contains, test);
    case 'in':
      return someMatches(asked, comparisons.is, test);
    case 'matches':
      return values.some((value) => test.pattern.test(value));
    case 'inNetworks':
      return values.some((value) => test.networks.has(value));
    case 'over':
      return values.some((value) => Number(value) > test.value);
    case 'under':
      return values.some((value) => Number(value) < test.value);
    case 'exists':
      return test.value === exists(asked);
  }
}

/** The null reverse-path has a value to compare, '', but no address. */
function exists({ property, values }: Asked): boolean {
  return property === 'envelopeFrom' ? values[0] !== '' : values.length > 0;
}

type Comparison = (value: string, wanted: string) => boolean;

const comparisons = {
  is: (value, wanted) => value === wanted,
  contains: (value, wanted) => value.includes(wanted),
  startsWith: (value, wanted) => value.startsWith(wanted),
  endsWith: (value, wanted) => value.endsWith(wanted),
} satisfies Record<string, Comparison>;

/** A test that compares texts. */
type TextTest = Extract<Test, { readonly caseSensitive: boolean }>;

function someMatches({ property, values, folded }: Asked, compare: Comparison, test: TextTest) {
  const wanted = wantedBy(test, isAddressProperty(property));
  const seen = test.caseSensitive ? values : folded;
  return seen.some((value) => wanted.some((text) => compare(value, text)));
}

/** Worked out once for each test, as there may be thousands, and each message meets them all. */
const [plainTexts, addressTexts] = [newTexts(), newTexts()];

function newTexts(): WeakMap<TextTest, readonly string[]> {
  return new WeakMap();
}

function wantedBy(test: TextTest, isOfAddress: boolean): readonly string[] {
  const texts = isOfAddress ? addressTexts : plainTexts;
  const known = texts.get(test);
  if (known) return known;
  const written = test.operator === 'in' ? test.values : [test.value];
  const spelled = isOfAddress ? written.flatMap(addressSpellings) : written;
  const wanted = test.caseSensitive ? spelled : spelled.map((text) => text.toLowerCase());
  texts.set(test, wanted);
  return wanted;
}

const addressProperties: ReadonlySet<Property> = new Set<Property>([
  'envelopeFrom',
  'recipient',
  'from',
  'to',
  'cc',
  'bcc',
  'replyTo',
]);

function isAddressProperty(property: Property): boolean {
  return addressProperties.has(property);
}

/** An operator's text, and how it reads in a canonical address: `@müller.de` is `@xn--mller-kva.de` there. */
function addressSpellings(text: string): readonly string[] {
  const domainStart = text.lastIndexOf('@') + 1;
  if (domainStart === 0 && isAscii(text)) return [text];
  const labels = text.slice(domainStart).toLowerCase().split('.');
  return [text, text.slice(0, domainStart) + labels.map(toAsciiLabel).join('.')];
}

function toAsciiLabel(label: string): string {
  return isAscii(label) ? label : (toAsciiDomain(label) ?? label);
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}
