// Bodies on their way through direct connections: in memory up to a limit over all of them, beyond it in files.
import { deferred, type Refusal } from '../core/outcome.ts';
import {
  StoreError,
  type BodyFile,
  type BodyFolder,
  type BodyWriter,
  type Content,
} from './ports.ts';

export interface BodyMemoryOptions {
  /** Of all bodies together. */
  readonly maxBytes: number;
  /** Where more than that may go; absent: nowhere. */
  readonly folder?: BodyFolder;
}

const smallestChunkBytes = 4_096;
const largestChunkBytes = 262_144;

export class BodyMemory {
  readonly #options: BodyMemoryOptions;
  #usedBytes = 0;

  constructor(options: BodyMemoryOptions) {
    this.#options = options;
  }

  /** Why nothing can be taken just now, before its body travels. */
  refusal(): Refusal | undefined {
    const { folder, maxBytes } = this.#options;
    if (folder !== undefined || this.#usedBytes < maxBytes) return undefined;
    return deferred('4.3.1', { reason: 'internal', diagnostic: noRoom(maxBytes) });
  }

  createBody(): BodyWriter {
    return new DirectBody({
      reserve: (bytes) => this.#reserve(bytes),
      release: (bytes) => {
        this.#usedBytes -= bytes;
      },
      overflow: () => this.#overflow(),
    });
  }

  /** As many bytes as there are left, if not all. */
  #reserve(bytes: number): number {
    const granted = Math.min(bytes, this.#options.maxBytes - this.#usedBytes);
    this.#usedBytes += granted;
    return granted;
  }

  async #overflow(): Promise<BodyFile> {
    const { folder, maxBytes } = this.#options;
    if (folder) return await folder.create();
    throw new StoreError('full', noRoom(maxBytes));
  }
}

function noRoom(maxBytes: number): string {
  return `The bodies of direct connections fill ${maxBytes} bytes (direct.memory), and there is no direct.folder for more`;
}

interface Room {
  reserve(bytes: number): number;
  release(bytes: number): void;
  overflow(): Promise<BodyFile>;
}

/** Its first bytes are in memory, and the rest, where that was full, in a file. */
class DirectBody implements BodyWriter {
  readonly #room: Room;
  #chunks: Uint8Array[] = [];
  /** Of all chunks. */
  #reservedBytes = 0;
  #memoryBytes = 0;
  #file: BodyFile | undefined;
  #fileBytes = 0;
  #isGone = false;

  constructor(room: Room) {
    this.#room = room;
  }

  get sizeBytes(): number {
    return this.#memoryBytes + this.#fileBytes;
  }

  async write(piece: Uint8Array): Promise<void> {
    const rest = this.#file ? piece : this.#keep(piece);
    if (rest.length === 0) return;
    this.#file ??= await this.#room.overflow();
    await this.#file.write(rest);
    this.#fileBytes += rest.length;
  }

  content(): Content {
    const { sizeBytes } = this;
    return {
      sizeBytes,
      read: ({ start = 0, end = sizeBytes } = {}) => this.#read({ start, end }),
    };
  }

  async discard(): Promise<void> {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#room.release(this.#reservedBytes);
    this.#chunks = [];
    await this.#file?.remove();
  }

  /** What found no room in memory. */
  #keep(piece: Uint8Array): Uint8Array {
    let rest = piece;
    while (rest.length > 0) {
      const freeBytes = this.#reservedBytes - this.#memoryBytes;
      if (freeBytes === 0 && !this.#addChunk()) return rest;
      rest = this.#fill(rest);
    }
    return rest;
  }

  #addChunk(): boolean {
    const wanted = Math.min(largestChunkBytes, Math.max(smallestChunkBytes, this.#memoryBytes));
    const granted = this.#room.reserve(wanted);
    if (granted === 0) return false;
    this.#chunks.push(new Uint8Array(granted));
    this.#reservedBytes += granted;
    return true;
  }

  /** Fills the last chunk, and returns what is left over. */
  #fill(piece: Uint8Array): Uint8Array {
    const freeBytes = this.#reservedBytes - this.#memoryBytes;
    const chunk = this.#chunks.at(-1) ?? piece;
    const taken = piece.subarray(0, freeBytes);
    chunk.set(taken, chunk.length - freeBytes);
    this.#memoryBytes += taken.length;
    return piece.subarray(taken.length);
  }

  async *#read(range: {
    readonly start: number;
    readonly end: number;
  }): AsyncGenerator<Uint8Array> {
    yield* this.#readMemory(range);
    const memoryBytes = this.#memoryBytes;
    if (range.end <= memoryBytes || this.#file === undefined) return;
    yield* this.#file.read({
      start: Math.max(range.start, memoryBytes) - memoryBytes,
      end: range.end - memoryBytes,
    });
  }

  *#readMemory({ start, end }: { readonly start: number; readonly end: number }) {
    let offset = 0;
    const last = Math.min(end, this.#memoryBytes);
    for (const chunk of this.#chunks) {
      if (offset >= last) return;
      if (this.#isGone) throw new StoreError('away', 'The body of the message was discarded');
      const from = Math.max(start - offset, 0);
      if (from < chunk.length) yield chunk.subarray(from, last - offset);
      offset += chunk.length;
    }
    if (this.#isGone) throw new StoreError('away', 'The body of the message was discarded');
  }
}
