// Avatars: coloured initials for people and servers, an icon for the bot.

import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { hueOf } from '../lib/ids.js';

const COLOUR = /^#[0-9a-f]{6}$/i;

/** One or two initials of a name. */
export function initials(name) {
  const words = name.split(/[\s_-]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  return (
    words
      .slice(0, 2)
      .map((word) => [...word.replace(/^[^\p{L}\p{N}]+/u, '')][0].toUpperCase())
      .join('') || '?'
  );
}

/** The avatar of a person or of the bot. */
export function avatar({ id, name, isBot, colour = null }, size = '') {
  const background = COLOUR.test(colour ?? '') ? colour : `hsl(${hueOf(id)} 52% 60%)`;
  const classes = `avatar ${isBot ? 'avatar-bot' : ''} ${size}`;
  return h(
    'span',
    { class: classes, 'aria-hidden': 'true', vars: { face: background } },
    isBot ? icon('bars') : initials(name).slice(0, 1),
  );
}

/** The avatar of a message's author. */
export function authorAvatar(author, session, size = '') {
  return avatar(
    {
      id: author.id,
      name: author.global_name ?? author.username,
      isBot: author.bot,
      colour: session.colourOf(author.id),
    },
    size,
  );
}
