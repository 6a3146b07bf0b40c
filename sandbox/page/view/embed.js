// The embeds of a message.

import { h, outLink } from '../lib/dom.js';
import { parse, parseInline, render, renderInline } from '../lib/markdown.js';
import { stamp } from '../lib/time.js';
import { safeUrl } from '../lib/urls.js';
import { picture } from './attachment.js';

/** The element of an embed. @param {object} embed @param {object} names of `markdown_view.js` */
export function embedView(embed, names) {
  const { color, title, url, description, fields = [], thumbnail, image } = embed;
  const bar =
    Number.isInteger(color) && color > 0 ? { bar: `#${color.toString(16).padStart(6, '0').slice(-6)}` } : {};
  const words = h(
    'div',
    { class: 'embed-words' },
    embed.author?.name && authorLine(embed.author),
    title && h('div', { class: 'embed-title' }, titleLink(url, renderInline(parseInline(title), names))),
    description && h('div', { class: 'embed-description' }, render(parse(description), names)),
    fields.length > 0 &&
      h(
        'div',
        { class: 'embed-fields' },
        fieldRows(fields).map((row) => row.map((field) => fieldView(field, row.length, names))),
      ),
  );
  return h(
    'article',
    { class: 'embed', vars: bar },
    h(
      'div',
      { class: 'embed-top' },
      words,
      thumbnail && picture(thumbnail.url, thumbnail.description ?? 'Thumbnail', 'embed-thumbnail'),
    ),
    image && picture(image.url, image.description ?? `Picture of ${title ?? 'this card'}`, 'embed-image'),
    footerView(embed),
  );
}

/** Rows of fields as Discord lays them out: up to three inline fields share a row, any other has its own. */
export function fieldRows(fields) {
  const rows = [];
  for (const field of fields) {
    const last = rows.at(-1);
    if (field.inline && last?.[0].inline && last.length < 3) last.push(field);
    else rows.push([field]);
  }
  return rows;
}

function titleLink(url, children) {
  return safeUrl(url) ? outLink(url, { class: 'md-link' }, children) : children;
}

function authorLine({ name, url, icon_url: iconUrl }) {
  const label = safeUrl(url) ? outLink(url, {}, name) : name;
  return h('div', { class: 'embed-author' }, smallIcon(iconUrl), label);
}

function fieldView({ name, value }, inRow, names) {
  return h(
    'div',
    { class: `embed-field embed-field-${inRow}` },
    h('div', { class: 'embed-field-name' }, renderInline(parseInline(name), names)),
    h('div', { class: 'embed-field-value' }, render(parse(value), names)),
  );
}

function footerView({ footer, timestamp }) {
  const moment = timestamp ? new Date(timestamp) : null;
  const hasMoment = moment !== null && !Number.isNaN(moment.getTime());
  if (!footer?.text && !hasMoment) return null;
  const time = hasMoment && h('time', { datetime: moment.toISOString() }, stamp(moment, new Date()));
  return h(
    'div',
    { class: 'embed-footer' },
    smallIcon(footer?.icon_url),
    h('span', {}, footer?.text, footer?.text && hasMoment && ' · ', time),
  );
}

function smallIcon(address) {
  return safeUrl(address) && h('img', { class: 'embed-icon', src: address, alt: '', loading: 'lazy' });
}
