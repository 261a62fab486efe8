// The work on parts that the transports ask for (port `MessageParts`).
import type { MessageParts } from '../relay/ports.ts';
import { readOutline } from './outline.ts';
import { readPart } from './part-content.ts';
import { withoutQuotedPrintable } from './part-encoding.ts';
import { readText } from './part-text.ts';

export const messageParts: MessageParts = {
  readOutline,
  readPart,
  readText,
  withoutQuotedPrintable,
};
