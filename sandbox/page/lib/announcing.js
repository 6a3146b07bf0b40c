// What a screen reader is told of a message that comes or changes. Pure.

const MAX_CHARS = 240;
const MARKS = /<t:-?\d+(?::[tTdDfFR])?>|<[@#:/][^>]*>|[*_`~|>▰▱]+|https?:\/\/\S+/g;

/**
 * The sentence for a message, or null where there is nothing new to say: a card that only counts on keeps its headline.
 *
 * @param {object | null} before the message as it was known, null if it is new
 * @param {object} now
 */
export function announcementOf(before, now) {
  if (now.loading) return null;
  const words = headlineOf(now);
  if (before && !before.loading && headlineOf(before) === words) return null;
  return `${now.author.global_name ?? now.author.username}: ${words || 'a message'}`;
}

/** The first words of a message, as they are spoken. */
function headlineOf({ content, embeds = [], attachments = [] }) {
  const embed = embeds[0] ?? {};
  const parts = [content, embed.title, embed.title ? null : firstLine(embed.description)];
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
