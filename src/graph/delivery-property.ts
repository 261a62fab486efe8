// The mark by which a message in a mailbox is known again: the delivery's id as an extended property of its own.

/** A named property of MAPI (Graph: "singleValueLegacyExtendedProperty resource type"). The GUID is Graphpost's. */
const propertyId = 'String {6e0a7bd5-2f0f-4c47-9a6a-1d7c2b8f6e43} Name GraphpostDelivery';

export interface ExtendedProperty {
  readonly id: string;
  readonly value: string;
}

export function deliveryProperty(deliveryId: string): ExtendedProperty {
  return { id: propertyId, value: deliveryId };
}

/** The OData filter that finds what bears the id of the delivery. */
export function deliveryFilter(deliveryId: string): string {
  return `singleValueExtendedProperties/any(p: p/id eq ${quote(propertyId)} and p/value eq ${quote(deliveryId)})`;
}

/** A text as a literal of OData, in which quotes are doubled. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
