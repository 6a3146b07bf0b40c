// What a message of components says. Pure.

const TEXT = 10;

/** The contents of all text displays in a list of components, in their order. */
export function displayedTexts(components = []) {
  return components.flatMap(({ type, content, components: inner }) =>
    type === TEXT ? [content ?? ''] : displayedTexts(inner ?? []),
  );
}
