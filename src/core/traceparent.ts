// The field of W3C Trace Context by which a message names the trace that it belongs to.
import type { HeaderFacts } from './message.ts';

const form = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
const nothing = /^(?:ff|..-0{32}|..-.{32}-0{16})/;

/**
 * What the header's `traceparent` says (https://www.w3.org/TR/trace-context/#traceparent-header). Undefined: there is none,
 * several differ, or it is malformed.
 */
export function traceparentOf({ fields }: Pick<HeaderFacts, 'fields'>): string | undefined {
  const found = new Set(
    fields.flatMap(({ name, value }) =>
      name.toLowerCase() === 'traceparent' ? [value.trim()] : [],
    ),
  );
  const [value = ''] = found;
  return found.size === 1 && form.test(value) && !nothing.test(value) ? value : undefined;
}
