// Buttons, menus and the layout components (V2) of a message. Unknown kinds are left out quietly.

import { append, h, outLink } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { parse, render } from '../lib/markdown.js';
import { attachmentView, picture } from './attachment.js';
import { emojiView } from './emoji.js';
import { selectView } from './select.js';

const LINK = 5;
const STYLES = { 1: 'primary', 2: 'secondary', 3: 'success', 4: 'danger', [LINK]: 'secondary', 6: 'primary' };

/**
 * What the components of a message need.
 *
 * @typedef {object} Hands
 * @property {object} message
 * @property {object} session
 * @property {object} names of `markdown_view.js`
 * @property {object} players
 * @property {Set<string>} busy custom IDs whose press is under way
 * @property {(component: object) => string[] | null} chosen what was chosen from a list, if anything was
 * @property {(component: object, values?: string[]) => void} press
 */

/** The elements of a list of components. @param {object[]} components @param {Hands} hands @returns {Node[]} */
export function componentViews(components, hands) {
  return components.map((component) => KINDS[component.type]?.(component, hands) ?? null).filter(Boolean);
}

const KINDS = {
  1: (row, hands) => h('div', { class: 'row' }, componentViews(row.components ?? [], hands)),
  2: buttonView,
  3: selectView,
  5: selectView,
  6: selectView,
  7: selectView,
  8: selectView,
  9: (section, hands) =>
    h(
      'div',
      { class: 'section' },
      h('div', { class: 'section-words' }, componentViews(section.components ?? [], hands)),
      componentViews(section.accessory ? [section.accessory] : [], hands),
    ),
  10: (text, { names }) => h('div', { class: 'text-display' }, render(parse(text.content ?? ''), names)),
  11: (thumbnail, hands) =>
    veil(thumbnail, picture(addressOf(thumbnail.media, hands), thumbnail.description, 'section-thumbnail')),
  12: (gallery, hands) =>
    h(
      'div',
      { class: `gallery ${(gallery.items ?? []).length === 1 ? 'gallery-one' : ''}` },
      (gallery.items ?? []).map((item) =>
        veil(item, picture(addressOf(item.media, hands), item.description, 'gallery-picture')),
      ),
    ),
  13: (file, hands) => attachmentView(attachmentOf(file, hands), hands.players),
  14: (line) =>
    h('hr', {
      class: `separator ${line.divider === false ? 'separator-empty' : ''} ${line.spacing === 2 ? 'separator-wide' : ''}`,
    }),
  17: (box, hands) =>
    veil(
      box,
      h('div', { class: 'container', vars: accentOf(box) }, componentViews(box.components ?? [], hands)),
    ),
};

function buttonView(button, hands) {
  const classes = `button button-${STYLES[button.style] ?? 'secondary'}`;
  const label = [emojiView(button.emoji), button.label && h('span', {}, button.label)];
  if (button.style === LINK) return outLink(button.url, { class: classes }, label, icon('out'));
  const isBusy = hands.busy.has(button.custom_id);
  const props = {
    type: 'button',
    class: `${classes} ${isBusy ? 'is-busy' : ''}`,
    disabled: Boolean(button.disabled),
    // A disabled button would lose the keyboard's focus while the press is under way.
    'aria-disabled': isBusy ? 'true' : null,
    'aria-label': button.label ? null : (button.emoji?.name ?? 'Button'),
    dataset: { key: button.custom_id },
    on: { click: () => isBusy || hands.press(button) },
  };
  return h('button', props, label);
}

/** The address of a V2 picture or file; `attachment://` means a file of the same message. */
function addressOf(media, { message }) {
  const address = String(media?.url ?? '');
  if (!address.startsWith('attachment://')) return address;
  const name = address.slice('attachment://'.length);
  return message.attachments?.find(({ filename }) => filename === name)?.url ?? '';
}

function attachmentOf(file, hands) {
  const url = addressOf(file.file, hands);
  const known = hands.message.attachments?.find((attachment) => attachment.url === url);
  const name = decodeURIComponentSafely(url.split(/[?#]/)[0].split('/').pop());
  return known ?? { id: url, url, filename: file.name ?? (name || 'file'), size: file.size };
}

function decodeURIComponentSafely(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function accentOf({ accent_color: colour }) {
  return Number.isInteger(colour) ? { bar: `#${colour.toString(16).padStart(6, '0').slice(-6)}` } : {};
}

/** What is marked as a spoiler stays covered until it is asked for. */
function veil({ spoiler }, element) {
  if (!spoiler || element === null) return element;
  const cover = h('button', { type: 'button', class: 'veil-button' }, icon('eye'), 'Spoiler');
  const inner = h('div', { class: 'veil-inner', inert: true }, element);
  const veiled = h('div', { class: 'veil' });
  append(veiled, [inner, cover]);
  cover.addEventListener('click', () => {
    inner.removeAttribute('inert');
    veiled.classList.add('is-shown');
    cover.remove();
  });
  return veiled;
}
