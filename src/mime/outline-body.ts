// Which text of a message is its one body in Graph's JSON, what goes along as files, and what is lost by that.
import type { Entity } from './outline-scan.ts';
import { isKnownCharset } from './part-text.ts';

export interface JsonShape {
  readonly body: Entity | undefined;
  /** In the order of the message. */
  readonly files: readonly Entity[];
  readonly losses: readonly string[];
}

export function shapeOf(root: Entity): JsonShape {
  const body = findBody(root);
  const collection = new Collection(body);
  collection.add(root);
  return { body, files: collection.files, losses: [...collection.losses] };
}

/** The first text to be shown; of alternatives (RFC 2046 §5.1.4) the HTML. */
function findBody(entity: Entity): Entity | undefined {
  if (entity.children.length === 0) return isShownText(entity) ? entity : undefined;
  const bodies = entity.children.map(findBody).filter((body) => body !== undefined);
  const html = bodies.find(({ contentType }) => contentType === 'text/html');
  return (entity.contentType === 'multipart/alternative' ? html : undefined) ?? bodies[0];
}

function isShownText({ contentType, disposition, name }: Entity): boolean {
  const isText = contentType === 'text/plain' || contentType === 'text/html';
  return isText && disposition !== 'attachment' && name === '';
}

/** Nobody may miss a file: only texts are left out, where the body stands for them. */
class Collection {
  readonly files: Entity[] = [];
  readonly losses = new Set<string>();
  readonly #body: Entity | undefined;

  constructor(body: Entity | undefined) {
    this.#body = body;
  }

  /** @param entity and whether the body is an alternative to it */
  add(entity: Entity, isAlternative = false): void {
    if (entity === this.#body) return this.#addBody(entity);
    if (entity.children.length === 0) return this.#addLeaf(entity, isAlternative);
    const { contentType, children } = entity;
    if (!carriedMultiparts.has(contentType)) this.losses.add(`the structure ${contentType}`);
    const chooses = contentType === 'multipart/alternative' && contains(entity, this.#body);
    for (const child of children) {
      this.add(child, isAlternative || (chooses && !contains(child, this.#body)));
    }
  }

  #addBody({ charset, isFlowed }: Entity): void {
    if (isFlowed) this.losses.add('the flow of its lines (format=flowed)');
    if (!isKnownCharset(charset)) this.losses.add(`the charset "${charset.slice(0, 40)}"`);
  }

  #addLeaf(entity: Entity, isAlternative: boolean): void {
    const isAttached = entity.disposition === 'attachment' || entity.name !== '';
    if (isAlternative && !isAttached && entity.contentType.startsWith('text/')) {
      this.losses.add(`the ${entity.contentType} beside the body`);
      return;
    }
    if (isShownText(entity)) this.losses.add('the place of a second text');
    if (this.#body === undefined) this.losses.add('the lack of a text');
    if (entity.contentType.startsWith('message/')) this.losses.add('the place of a whole message');
    if (entity.hasContentLocation && entity.contentId === '') {
      this.losses.add('the Content-Location of a part');
    }
    // Graph takes no file without content.
    if (entity.decodedBytes > 0) this.files.push(entity);
    else this.losses.add('an empty file');
  }
}

const carriedMultiparts: ReadonlySet<string> = new Set([
  'multipart/mixed',
  'multipart/related',
  'multipart/alternative',
]);

function contains(entity: Entity, wanted: Entity | undefined): boolean {
  return entity === wanted || entity.children.some((child) => contains(child, wanted));
}
