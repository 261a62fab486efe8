// Bodies as rows of 256 KiB: written as they arrive, read by number, deleted a few at a time.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { StoreError } from '../../relay/ports.ts';
import type { Figures } from './figures.ts';
import type { Ask } from './operations.ts';
import { placeOf, placesOf } from './place.ts';
import { blob, integer } from './row.ts';

export const chunkBytes = 262_144;

/** 2 MiB: what one step deletes stays far below a millisecond of everybody's time. */
const chunksPerStep = 8;

export class Chunks {
  readonly #figures: Figures;
  readonly #insert: StatementSync;
  readonly #read: StatementSync;
  readonly #sizeOf: StatementSync;
  readonly #delete: StatementSync;
  readonly #deleteSome: StatementSync;
  readonly #arrive: StatementSync;
  readonly #leave: StatementSync;
  readonly #drop: StatementSync;
  readonly #firstDropped: StatementSync;
  readonly #forget: StatementSync;

  constructor(db: DatabaseSync, figures: Figures) {
    this.#figures = figures;
    this.#insert = db.prepare('INSERT INTO chunk (place, crc32, bytes) VALUES (?, ?, ?)');
    this.#read = db.prepare('SELECT crc32, bytes FROM chunk WHERE place = ?');
    this.#sizeOf = db.prepare('SELECT size_bytes FROM message WHERE number = ?');
    this.#delete = db.prepare('DELETE FROM chunk WHERE place = ?');
    this.#deleteSome = db.prepare(
      `DELETE FROM chunk WHERE place IN
        (SELECT place FROM chunk WHERE place BETWEEN ? AND ? ORDER BY place LIMIT ${chunksPerStep})`,
    );
    this.#arrive = db.prepare('INSERT OR IGNORE INTO incoming_body (number) VALUES (?)');
    this.#leave = db.prepare('DELETE FROM incoming_body WHERE number = ?');
    this.#drop = db.prepare('INSERT INTO dropped_body (number) VALUES (?)');
    this.#firstDropped = db.prepare('SELECT number FROM dropped_body LIMIT 1');
    this.#forget = db.prepare('DELETE FROM dropped_body WHERE number = ?');
  }

  /** Writes a chunk of a body that still arrives. Returns the buffer that it came in. */
  writeIncoming({ body, sequence, bytes }: Ask<'writeChunk'>): ArrayBuffer {
    // With each chunk, because an earlier one may have failed.
    this.#arrive.run(body);
    this.#write(body, sequence, new Uint8Array(bytes));
    return bytes;
  }

  /** Makes a body belong to a message: the chunks that are there, and its last bytes. */
  finish(body: number, chunksStored: number, tail: Uint8Array): void {
    if (chunksStored > 0 && this.#leave.run(body).changes === 0) {
      throw new StoreError('corrupt', `The body ${body} is not in the queue any more`);
    }
    if (tail.length > 0) this.#write(body, chunksStored, tail);
    this.#figures.add('body_bytes', chunksStored * chunkBytes + tail.length);
  }

  /** Undefined when it is missing, or its checksum says that it is not what was written. */
  read({ body, sequence }: Ask<'readChunk'>): Uint8Array | undefined {
    const row = this.#read.get(placeOf(body, sequence));
    if (row === undefined) return undefined;
    const bytes = blob(row, 'bytes');
    return crc32(bytes) === integer(row, 'crc32') ? bytes : undefined;
  }

  /** @throws StoreError `corrupt` where `read` would give nothing */
  readWhole(place: Ask<'readChunk'>): Uint8Array {
    const bytes = this.read(place);
    if (bytes !== undefined) return bytes;
    const { body, sequence } = place;
    throw new StoreError(
      'corrupt',
      `The body ${body} is damaged or gone from byte ${sequence * chunkBytes} on`,
    );
  }

  /** Gives up a body that was not committed. Nothing happens to any other. */
  discard(body: number): undefined {
    if (this.#leave.run(body).changes !== 0) this.#drop.run(body);
    return undefined;
  }

  /** Gives up the body of a message, if it still has one: a small one at once, the rest of a large one by later steps. */
  drop(body: number): void {
    if (this.#delete.run(placeOf(body, 0)).changes === 0) return;
    const sizeBytes = integer(this.#sizeOf.get(body) ?? {}, 'size_bytes');
    this.#figures.add('body_bytes', -sizeBytes);
    if (sizeBytes > chunkBytes) this.#drop.run(body);
  }

  /** Deletes a few chunks of dropped bodies. False when there are none. */
  deleteDropped(): boolean {
    const row = this.#firstDropped.get();
    if (row === undefined) return false;
    const body = integer(row, 'number');
    const { changes } = this.#deleteSome.run(...placesOf(body));
    if (changes !== chunksPerStep) this.#forget.run(body);
    return true;
  }

  #write(body: number, sequence: number, bytes: Uint8Array): void {
    this.#insert.run(placeOf(body, sequence), crc32(bytes), bytes);
  }
}
