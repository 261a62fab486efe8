// Which text of a message is its one body in Graph's JSON, what goes along as files, and what is lost by that.
import type { Entity } from './outline-entity.ts';

export interface JsonShape {
  readonly body: Entity | undefined;
  /** In the order of the message. */
  readonly files: readonly Entity[];
  /** What is neither: texts that the body stands for, and parts without content. Each is named in `losses`. */
  readonly omitted: readonly Entity[];
  readonly losses: readonly string[];
}

export function shapeOf(root: Entity): JsonShape {
  const body = findBody(root);
  const { files, omitted, losses } = collect(root, body);
  return { body, files, omitted, losses: [...losses] };
}

/** The first text to be shown that is not empty; of alternatives (RFC 2046 §5.1.4) the HTML. */
function findBody(entity: Entity): Entity | undefined {
  if (entity.children.length === 0) return isShownText(entity) ? entity : undefined;
  const bodies = entity.children.map(findBody).filter((body) => body !== undefined);
  const filled = bodies.filter(({ decodedBytes }) => decodedBytes > 0);
  const html = filled.find(({ contentType }) => contentType === 'text/html');
  const preferred = entity.contentType === 'multipart/alternative' ? html : undefined;
  return preferred ?? filled[0] ?? bodies[0];
}

export function isShownText(entity: Pick<Entity, 'contentType' | 'disposition' | 'name'>): boolean {
  const { contentType } = entity;
  return (contentType === 'text/plain' || contentType === 'text/html') && !isAttached(entity);
}

function isAttached({ disposition, name }: Pick<Entity, 'disposition' | 'name'>): boolean {
  return disposition === 'attachment' || name !== '';
}

/** How an entity stands to the body: for itself, as another form of it, or within another form of it. */
type Place = 'itself' | 'form' | 'withinForm';

function collect(root: Entity, body: Entity | undefined): Collection {
  const collection = new Collection(body);
  collection.add(root, 'itself');
  return collection;
}

/** Nobody may miss a file: only texts are left out, where the body stands for them. */
class Collection {
  readonly files: Entity[] = [];
  readonly omitted: Entity[] = [];
  readonly losses = new Set<string>();
  readonly #body: Entity | undefined;

  constructor(body: Entity | undefined) {
    this.#body = body;
  }

  add(entity: Entity, place: Place): void {
    if (entity === this.#body) return this.#addBody(entity);
    if (entity.children.length === 0) return this.#addLeaf(entity, place);
    const { contentType, children } = entity;
    if (!carriedMultiparts.has(contentType)) this.losses.add(`the structure ${contentType}`);
    const chooses = contentType === 'multipart/alternative' && contains(entity, this.#body);
    const within = place === 'itself' ? 'itself' : 'withinForm';
    for (const child of children) {
      this.add(child, chooses && !contains(child, this.#body) ? 'form' : within);
    }
  }

  #addBody({ charset, isFlowed, isReadable }: Entity): void {
    if (isFlowed) this.losses.add('the flow of its lines (format=flowed)');
    if (!isReadable) this.losses.add(`the charset "${charset.slice(0, 40)}"`);
  }

  #addLeaf(entity: Entity, place: Place): void {
    if (this.#body === undefined) this.losses.add('the lack of a text');
    // Graph takes no file without content.
    if (entity.decodedBytes === 0) {
      this.omitted.push(entity);
      this.losses.add(isAttached(entity) ? 'an empty file' : 'an empty part');
      return;
    }
    if (this.#isStoodFor(entity, place)) {
      this.omitted.push(entity);
      this.losses.add(`the ${entity.contentType} beside the body`);
      return;
    }
    if (isShownText(entity)) this.losses.add('the place of a second text');
    if (entity.contentType.startsWith('message/')) this.losses.add('the place of a whole message');
    if (entity.hasContentLocation && entity.contentId === '') {
      this.losses.add('the Content-Location of a part');
    }
    this.files.push(entity);
  }

  /** Of a form with parts, only the texts to be shown have the body's content: what else is in it is in it alone. */
  #isStoodFor(entity: Entity, place: Place): boolean {
    const isFilled = this.#body !== undefined && this.#body.decodedBytes > 0;
    if (!isFilled || isAttached(entity) || place === 'itself') return false;
    return isShownText(entity) || (place === 'form' && textForms.has(entity.contentType));
  }
}

/** What mailers write beside plain text and HTML. */
const textForms: ReadonlySet<string> = new Set([
  'text/enriched',
  'text/markdown',
  'text/richtext',
  'text/watch-html',
  'text/x-amp-html',
]);

const carriedMultiparts: ReadonlySet<string> = new Set([
  'multipart/mixed',
  'multipart/related',
  'multipart/alternative',
]);

function contains(entity: Entity, wanted: Entity | undefined): boolean {
  return entity === wanted || entity.children.some((child) => contains(child, wanted));
}
