// The small pictures on buttons and in lists.

import { h } from '../lib/dom.js';

/** The element of a component's emoji; a server's own, which this place does not have, goes by its name. */
export function emojiView(emoji) {
  if (!emoji?.name) return null;
  return h('span', { class: 'emoji', 'aria-hidden': 'true' }, emoji.id ? `:${emoji.name}:` : emoji.name);
}
