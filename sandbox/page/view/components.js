// Buttons, selects and the layout components (V2) of a message. Unknown types are skipped.

import { append, h, outLink } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { parse, render } from '../lib/markdown.js';
import { fileCard, picture } from './attachment.js';
import { emojiView } from './emoji.js';
import { selectView } from './select.js';

const LINK = 5;
const STYLES = { 1: 'primary', 2: 'secondary', 3: 'success', 4: 'danger', [LINK]: 'secondary', 6: 'primary' };

/**
 * What the components of a message need from the page.
 *
 * @typedef {object} ComponentContext
 * @property {object} message
 * @property {object} session
 * @property {object} names of `markdown_view.js`
 * @property {object} players
 * @property {Set<string>} busy custom IDs of pending presses
 * @property {(component: object) => string[] | null} chosen the values chosen from a select, if any
 * @property {(component: object, values?: string[]) => void} press
 */

/** The elements of a list of components. @param {object[]} components @param {ComponentContext} context @returns {Node[]} */
export function componentViews(components, context) {
  return components.map((component) => KINDS[component.type]?.(component, context) ?? null).filter(Boolean);
}

const KINDS = {
  1: (row, context) => h('div', { class: 'row' }, componentViews(row.components ?? [], context)),
  2: buttonView,
  3: selectView,
  5: selectView,
  6: selectView,
  7: selectView,
  8: selectView,
  9: (section, context) =>
    h(
      'div',
      { class: 'section' },
      h('div', { class: 'section-words' }, componentViews(section.components ?? [], context)),
      componentViews(section.accessory ? [section.accessory] : [], context),
    ),
  10: (text, { names }) => h('div', { class: 'text-display' }, render(parse(text.content ?? ''), names)),
  11: (thumbnail, context) =>
    veil(thumbnail, picture(addressOf(thumbnail.media, context), thumbnail.description, 'section-thumbnail')),
  12: (gallery, context) =>
    h(
      'div',
      { class: `gallery ${(gallery.items ?? []).length === 1 ? 'gallery-one' : ''}` },
      (gallery.items ?? []).map((item) =>
        veil(item, picture(addressOf(item.media, context), item.description, 'gallery-picture')),
      ),
    ),
  // A card to download, also for audio: nothing says that Discord plays it there.
  13: (file, context) => fileCard(attachmentOf(file, context)),
  14: (line) =>
    h('hr', {
      class: `separator ${line.divider === false ? 'separator-empty' : ''} ${line.spacing === 2 ? 'separator-wide' : ''}`,
    }),
  17: (box, context) =>
    veil(
      box,
      h('div', { class: 'container', vars: accentOf(box) }, componentViews(box.components ?? [], context)),
    ),
};

function buttonView(button, context) {
  const classes = `button button-${STYLES[button.style] ?? 'secondary'}`;
  const label = [emojiView(button.emoji), button.label && h('span', {}, button.label)];
  if (button.style === LINK) return outLink(button.url, { class: classes }, label, icon('out'));
  const isBusy = context.busy.has(button.custom_id);
  const props = {
    type: 'button',
    class: `${classes} ${isBusy ? 'is-busy' : ''}`,
    disabled: Boolean(button.disabled),
    // aria-disabled and not disabled, which would lose the keyboard focus during the press.
    'aria-disabled': isBusy ? 'true' : null,
    'aria-label': button.label ? null : (button.emoji?.name ?? 'Button'),
    dataset: { key: button.custom_id },
    on: { click: () => isBusy || context.press(button) },
  };
  return h('button', props, label);
}

/** The URL of a V2 picture or file; `attachment://` refers to a file of the same message. */
function addressOf(media, { message }) {
  const address = String(media?.url ?? '');
  if (!address.startsWith('attachment://')) return address;
  const name = address.slice('attachment://'.length);
  return message.attachments?.find(({ filename }) => filename === name)?.url ?? '';
}

function attachmentOf(file, context) {
  const url = addressOf(file.file, context);
  const known = context.message.attachments?.find((attachment) => attachment.url === url);
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

/** Covers a component marked as a spoiler until it is clicked. */
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
