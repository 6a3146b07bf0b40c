// Makes DOM nodes of the trees of `markdown.js` and `inline.js`.

import { h, outLink } from './dom.js';
import { timeElement } from './time.js';

/**
 * Resolves the mentions in a text for the current user.
 *
 * @typedef {object} Names
 * @property {(id: string) => string | null} user
 * @property {(id: string) => string | null} role
 * @property {(id: string) => string | null} channel
 * @property {(channelId: string, messageId?: string | null) => void} openChannel
 * @property {(name: string) => void} useCommand
 */

/** @param {Array<object>} blocks of `parse` @param {Names} names @returns {Node[]} */
export function render(blocks, names) {
  return blocks.map((block) => BLOCKS[block.type](block, names));
}

/** @param {Array<object>} nodes of `parseInline` @param {Names} names @returns {Node[]} */
export function renderInline(nodes, names) {
  return nodes.map((node) => INLINE[node.type](node, names));
}

const BLOCKS = {
  paragraph: (block, names) => h('div', { class: 'md-text' }, renderInline(block.children, names)),
  subtext: (block, names) => h('div', { class: 'md-text md-subtext' }, renderInline(block.children, names)),
  // Levels begin at 3 because the page's own headings stand above a message's.
  heading: (block, names) =>
    h(
      `h${block.level + 2}`,
      { class: `md-heading md-heading-${block.level}` },
      renderInline(block.children, names),
    ),
  quote: (block, names) => h('blockquote', { class: 'md-quote' }, render(block.children, names)),
  pre: (block) => h('pre', { class: 'md-pre', tabindex: 0 }, h('code', {}, block.text)),
  list: (block, names) =>
    h(
      block.ordered ? 'ol' : 'ul',
      { class: 'md-list', start: block.ordered && block.start !== 1 ? block.start : null },
      block.items.map((item) => h('li', {}, renderInline(item.children, names), render(item.lists, names))),
    ),
};

const wrap = (tag) => (node, names) => h(tag, {}, renderInline(node.children, names));

const INLINE = {
  text: (node) => document.createTextNode(node.text),
  strong: wrap('strong'),
  em: wrap('em'),
  u: wrap('u'),
  s: wrap('s'),
  spoiler: (node, names) => spoiler(renderInline(node.children, names)),
  code: (node) => h('code', { class: 'md-code' }, node.text),
  link: (node, names) =>
    outLink(node.href, { class: 'md-link', title: node.href }, renderInline(node.children, names)),
  jump: jumpLink,
  user: (node, names) => h('span', { class: 'mention' }, `@${names.user(node.id) ?? 'unknown user'}`),
  role: (node, names) => h('span', { class: 'mention' }, `@${names.role(node.id)?.replace(/^@/, '') ?? 'unknown role'}`),
  channel: (node, names) => channelMention(node.id, names),
  command: (node, names) =>
    h(
      'button',
      { type: 'button', class: 'mention', on: { click: () => names.useCommand(node.name) } },
      `/${node.name}`,
    ),
  emoji: (node) => h('span', { title: `:${node.name}:` }, `:${node.name}:`),
  time: (node) => timeElement(node.unixS, node.style),
};

/** A link to a channel or message opens it in the page; a bare URL is shown as the channel's name. */
function jumpLink({ channelId, messageId, children }, names) {
  const name = names.channel(channelId);
  const isBare = children.length === 1 && /^https?:/.test(children[0].text ?? '');
  if (name === null)
    return h('span', { class: 'mention' }, isBare ? '#unknown' : renderInline(children, names));
  const open = () => names.openChannel(channelId, messageId);
  if (!isBare)
    return h(
      'button',
      { type: 'button', class: 'md-jump', on: { click: open } },
      renderInline(children, names),
    );
  const place = `${names.isDirect?.(channelId) ? '@' : '#'}${name}`;
  const words = messageId ? `${place} › message` : place;
  return h('button', { type: 'button', class: 'mention', on: { click: open } }, words);
}

function channelMention(id, names) {
  const name = names.channel(id);
  if (name === null) return h('span', { class: 'mention' }, '#unknown');
  return h(
    'button',
    { type: 'button', class: 'mention', on: { click: () => names.openChannel(id) } },
    `#${name}`,
  );
}

/** Hidden until clicked; inert while hidden, so that its links cannot be followed nor its text read out. */
function spoiler(children) {
  const inner = h('span', { class: 'spoiler-text', inert: true }, children);
  const element = h(
    'span',
    { class: 'spoiler', role: 'button', tabindex: 0, 'aria-label': 'Spoiler, press to show' },
    inner,
  );
  const reveal = (event) => {
    if (event.type === 'keydown' && !['Enter', ' '].includes(event.key)) return;
    event.preventDefault();
    element.classList.add('is-shown');
    inner.removeAttribute('inert');
    for (const name of ['role', 'tabindex', 'aria-label']) element.removeAttribute(name);
    element.removeEventListener('click', reveal);
    element.removeEventListener('keydown', reveal);
  };
  element.addEventListener('click', reveal);
  element.addEventListener('keydown', reveal);
  return element;
}
