// The attachments of a message: pictures, audio, other files.

import { h, outLink } from '../lib/dom.js';
import { fileSize } from '../lib/file_size.js';
import { icon } from '../lib/icons.js';
import { safeUrl } from '../lib/urls.js';

const PICTURE = /^image\/(png|jpe?g|gif|webp|avif)\b/;
const BY_ENDING = {
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
  m4a: 'audio/mp4',
  flac: 'audio/flac',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
};

/** The kind of an attachment, by its content type or else by its file name. */
export function kindOf({ content_type: type, filename = '' }) {
  const known = type || BY_ENDING[filename.split('.').pop().toLowerCase()] || '';
  if (PICTURE.test(known)) return 'picture';
  return known.startsWith('audio/') ? 'audio' : 'file';
}

/** The element of an attachment; `players` keeps the audio players. */
export function attachmentView(attachment, players) {
  const kind = kindOf(attachment);
  if (kind === 'picture') return picture(attachment.url, attachment.description, 'attachment-picture');
  return (kind === 'audio' && players.elementFor(attachment)) || fileCard(attachment);
}

/** A picture that links to its full size; a note if it fails to load. */
export function picture(address, description, className) {
  const href = safeUrl(address);
  if (href === null) return null;
  const image = h('img', { src: href, alt: description || 'Picture', loading: 'lazy', decoding: 'async' });
  const link = outLink(href, { class: `picture ${className}` }, image);
  image.addEventListener('error', () =>
    link.replaceChildren(h('span', { class: 'picture-broken' }, icon('alert'), 'This picture didn’t load')),
  );
  return link;
}

export function fileCard({ url, filename, size, description }) {
  return h(
    'div',
    { class: 'file' },
    h('span', { class: 'file-icon' }, icon('file')),
    h(
      'div',
      { class: 'file-words' },
      outLink(url, { class: 'file-name', download: filename }, filename),
      h('span', { class: 'file-size' }, [fileSize(size), description].filter(Boolean).join(' · ')),
    ),
  );
}
