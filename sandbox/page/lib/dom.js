// Creates all of the page's elements: data becomes text nodes and checked attributes, never markup.

import { safeUrl } from './urls.js';

const ADDRESSES = new Set(['href', 'src', 'poster']);
const FORBIDDEN = /^(on|srcdoc$|style$|innerhtml$)/i;

/**
 * An element.
 *
 * @param {string} tag
 * @param {object} [props] attributes; `class`, `dataset`, `on` (listeners) and `vars` (CSS custom properties) are
 *   special. Null, undefined and false leave an attribute out, true sets it empty. Unsafe addresses are left out.
 * @param {...(Node | string | number | null | undefined | false | Array)} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  const { on = {}, dataset = {}, vars = {}, ...attributes } = props;
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  for (const [name, value] of Object.entries(vars)) element.style.setProperty(`--${name}`, value);
  Object.assign(element.dataset, dataset);
  append(element, children);
  return element;
}

function setAttribute(element, name, value) {
  if (FORBIDDEN.test(name)) throw new TypeError(`${name} can’t be set from here`);
  const checked = ADDRESSES.has(name) && !String(value).startsWith('#') ? safeUrl(value) : value;
  if (checked === null || checked === undefined || checked === false) return;
  element.setAttribute(name, checked === true ? '' : String(checked));
}

/** Appends children; arrays are flattened, null and false are skipped. */
export function append(parent, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(typeof child === 'number' ? String(child) : child);
  }
}

/** Replaces an element's children. */
export function fill(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
}

/** An external link without referrer; plain text if the address is unsafe. */
export function outLink(address, props, ...children) {
  const href = safeUrl(address);
  if (href === null) return h('span', {}, ...children);
  return h('a', { ...props, href, target: '_blank', rel: 'noopener noreferrer nofollow' }, ...children);
}
