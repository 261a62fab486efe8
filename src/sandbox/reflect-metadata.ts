// The three functions of the Reflect metadata proposal that @peculiar/x509's container asks for: import this before it.

const metadata = new WeakMap<object, Map<unknown, unknown>>();

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const own = metadata.get(target) ?? new Map<unknown, unknown>();
  metadata.set(target, own.set(key, value));
}

function getOwnMetadata(key: unknown, target: object): unknown {
  return metadata.get(target)?.get(key);
}

function getMetadata(key: unknown, target: object): unknown {
  let holder: object | null = target;
  while (holder !== null && metadata.get(holder)?.has(key) !== true) {
    holder = Reflect.getPrototypeOf(holder);
  }
  return holder === null ? undefined : getOwnMetadata(key, holder);
}

// A whole polyfill that was loaded earlier stays in charge.
if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, { defineMetadata, getMetadata, getOwnMetadata });
}
