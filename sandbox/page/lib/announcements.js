// The text that screen readers announce for a new or changed message. Pure.

import { displayedTexts } from './message_text.js';

const MAX_CHARS = 240;
const MARKS = /<t:-?\d+(?::[tTdDfFR])?>|<[@#:/][^>]*>|[*_`~|>▰▱]+|https?:\/\/\S+/g;

/**
 * The announcement for a message, or null if its headline has not changed, as when a card only updates its progress.
 *
 * @param {object | null} before the previous version, null if it is new
 * @param {object} now
 */
export function announcement(before, now) {
  if (now.loading) return null;
  const words = headlineOf(now);
  if (before && !before.loading && headlineOf(before) === words) return null;
  return `${now.author.global_name ?? now.author.username}: ${words || 'a message'}`;
}

/** The headline of a message as plain text: content, title or first line, and whether there is audio. */
function headlineOf({ content, embeds = [], attachments = [], components = [] }) {
  const embed = embeds[0] ?? {};
  const [text, title] = displayedTexts(components);
  const parts = [content || text, embed.title || firstLine(title), embed.title ? null : firstLine(embed.description)];
  const sounds = attachments.filter(({ content_type: type }) => type?.startsWith('audio/')).length;
  if (sounds) parts.push('with audio');
  return parts.map(spoken).filter(Boolean).join('. ').slice(0, MAX_CHARS);
}

function firstLine(text) {
  return text?.split('\n')[0];
}

function spoken(text) {
  const words = (text ?? '').replace(MARKS, ' ').replace(/\s+/g, ' ');
  return words.trim().replace(/[.!:]$/, '');
}
