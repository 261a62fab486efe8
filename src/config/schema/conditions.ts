// `when`: what a condition may ask of a message.
import { z } from 'zod';
import type { Network } from '../networks.ts';
import { count, network, pattern, size } from './values.ts';

const text = z.string();

const textTests = {
  is: text.optional().describe('It is this text.'),
  isNot: text.optional().describe('It is not this text, or there is none.'),
  contains: text.optional().describe('It has this text in it.'),
  notContains: text.optional().describe('It does not have this text in it, or there is none.'),
  startsWith: text.optional().describe('It starts with this text.'),
  endsWith: text.optional().describe('It ends with this text.'),
  matches: pattern.optional().describe('This pattern is found in it.'),
  in: z.array(text).optional().describe('It is one of these.'),
  exists: z.boolean().optional().describe('There is one (`true`), or none (`false`).'),
  case: z.boolean().default(false).describe('Upper and lower case differ.'),
};

const numberTests = {
  over: size.optional().describe('It is more than this.'),
  under: size.optional().describe('It is less than this.'),
};

/** `case` alone asks nothing. */
function asksSomething(tests: object): boolean {
  return Object.entries(tests).some(([key, value]) => key !== 'case' && value !== undefined);
}

const noTest = { error: 'must have an operator, such as contains' };

const ofText = z
  .strictObject(textTests)
  .refine(asksSomething, noTest)
  .meta({ id: 'textTests', title: 'tests of a text' });
const ofHeader = z
  .strictObject({ ...textTests, ...numberTests })
  .refine(asksSomething, noTest)
  .meta({ id: 'headerTests', title: 'tests of a text or number' });
const ofAddress = z
  .strictObject({
    ...textTests,
    in: z.array(network).optional().describe('It lies in one of these networks.'),
  })
  .refine(asksSomething, noTest)
  .meta({ id: 'networkTests', title: 'tests of an IP address' });
const ofSize = z
  .strictObject(numberTests)
  .refine(asksSomething, { error: 'must have an operator: over or under' })
  .meta({ id: 'sizeTests', title: 'tests of a size' });
const ofCount = z
  .strictObject({ over: z.int().nonnegative().optional(), under: count.optional() })
  .refine(asksSomething, { error: 'must have an operator: over or under' })
  .meta({ id: 'countTests', title: 'tests of a number' });

/** Of which every one that is given must hold. */
const properties = {
  client: ofText.optional().describe('Name of the client.'),
  'client.address': ofAddress.optional().describe('Its IP address.'),
  'client.login': ofText.optional().describe('The name that it logged in with.'),
  'client.listener': ofText.optional().describe('Name of the listener.'),
  'client.ehlo': ofText.optional().describe('What it said in EHLO.'),
  envelopeFrom: ofText.optional().describe('The address in MAIL FROM.'),
  recipient: ofText.optional().describe('The recipient that is being routed.'),
  from: ofText.optional().describe('The address in From.'),
  'from.name': ofText.optional().describe('The display name in From.'),
  to: ofText.optional().describe('The addresses in To.'),
  cc: ofText.optional().describe('The addresses in Cc.'),
  bcc: ofText.optional().describe('The addresses in Bcc.'),
  replyTo: ofText.optional().describe('The addresses in Reply-To.'),
  subject: ofText.optional().describe('The subject.'),
  body: ofText
    .optional()
    .describe('The text of the message: plain text, and HTML as markup; the first 256 KiB.'),
  'attachment.name': ofText
    .optional()
    .describe('File names of attachments; images within HTML are some too.'),
  'attachment.type': ofText.optional().describe('Media types of attachments.'),
  'attachment.size': ofSize.optional().describe('Sizes of attachments, decoded.'),
  'attachment.count': ofCount.optional().describe('How many attachments there are.'),
  size: ofSize.optional().describe('Size of the whole message.'),
};

const atLeastOne = { error: 'must have one condition at least' };

export const headerPrefix = 'header.';

/** What `when` says: groups, and the tests of each property, all of which must hold. */
export interface ConditionContent {
  readonly all?: readonly ConditionContent[] | undefined;
  readonly any?: readonly ConditionContent[] | undefined;
  readonly not?: ConditionContent | undefined;
  readonly tests: Readonly<Record<string, TestsContent | undefined>>;
}

export interface TestsContent {
  readonly is?: string | undefined;
  readonly isNot?: string | undefined;
  readonly contains?: string | undefined;
  readonly notContains?: string | undefined;
  readonly startsWith?: string | undefined;
  readonly endsWith?: string | undefined;
  readonly matches?: string | undefined;
  readonly in?: readonly string[] | readonly Network[] | undefined;
  readonly over?: number | undefined;
  readonly under?: number | undefined;
  readonly exists?: boolean | undefined;
  readonly case?: boolean | undefined;
}

export const condition: z.ZodType<ConditionContent> = z
  .object({
    get all() {
      return z.array(condition).min(1, atLeastOne).optional().describe('Every one of these holds.');
    },
    get any() {
      return z.array(condition).min(1, atLeastOne).optional().describe('One of these holds.');
    },
    get not() {
      return condition.optional().describe('This does not hold.');
    },
    ...properties,
  })
  .catchall(ofHeader)
  .superRefine(
    (block, context) => {
      const keys = unknownKeys(block);
      if (keys.length > 0) context.addIssue({ code: 'unrecognized_keys', keys, input: block });
    },
    // Also where a value in the block is wrong: all faults are named at once.
    { when: ({ value }) => isBlock(value) },
  )
  .transform(({ all, any, not, ...tests }) => ({ all, any, not, tests }))
  .meta({ id: 'condition', title: 'condition' });

/** The property names that stand in conditions; `header.<Name>` beside them. */
const propertyNames: readonly string[] = Object.keys(properties);

function isBlock(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownKeys(block: object): string[] {
  const known = new Set(['all', 'any', 'not', ...propertyNames]);
  return Object.keys(block).filter((key) => !known.has(key) && !key.startsWith(headerPrefix));
}
