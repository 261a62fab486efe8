// Row numbers that say whose row it is: the chunks of a body, and the deliveries of a message, lie side by side without an index.

/** Rows that one owner can have: of chunks, 16 GiB. Part of the file's format. */
export const placesPerOwner = 65_536;

/** The row number of an owner's `index`th row, from 0 on. */
export function placeOf(owner: number, index: number): number {
  return owner * placesPerOwner + index;
}

/** The row numbers of all that an owner can have. */
export function placesOf(owner: number): [first: number, last: number] {
  return [placeOf(owner, 0), placeOf(owner + 1, 0) - 1];
}
