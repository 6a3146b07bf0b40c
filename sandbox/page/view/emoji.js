// Emojis on buttons and in selects.

import { h } from '../lib/dom.js';

/** The element of a component's emoji; custom emojis are shown as their name. */
export function emojiView(emoji) {
  if (!emoji?.name) return null;
  return h('span', { class: 'emoji', 'aria-hidden': 'true' }, emoji.id ? `:${emoji.name}:` : emoji.name);
}
