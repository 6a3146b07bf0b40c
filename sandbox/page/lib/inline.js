// Parses Discord's inline markdown into a tree of plain objects. Pure.
//
// Nodes: {type: 'text', text} · {type: 'strong'|'em'|'u'|'s'|'spoiler', children} · {type: 'code', text}
//      · {type: 'link', href, children} · {type: 'jump', channelId, messageId, children} (messageId may be null) · {type: 'user'|'channel'|'role', id} · {type: 'command', name}
//      · {type: 'emoji', name} · {type: 'time', unixS, style}

import { isMoment } from './time.js';
import { safeUrl } from './urls.js';

// Deeper nesting is shown as typed, which bounds the cost of hostile text.
const MAX_DEPTH = 8;

const TAGS = [
  [/^<@!?(\d{1,20})>/, ([, id]) => ({ type: 'user', id })],
  [/^<#(\d{1,20})>/, ([, id]) => ({ type: 'channel', id })],
  [/^<@&(\d{1,20})>/, ([, id]) => ({ type: 'role', id })],
  [/^<\/([\p{L}\p{N}_ -]{1,98}):\d{1,20}>/u, ([, name]) => ({ type: 'command', name })],
  [/^<a?:(\w{2,32}):\d{1,20}>/, ([, name]) => ({ type: 'emoji', name })],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, ([, unix, style]) => timeNode(Number(unix), style ?? 'f')],
  [/^<(https?:\/\/[^\s<>]+)>/, ([, address]) => linkNode(address, [text(address)])],
];

// Longer marks first, so that ** is not read as two *.
const MARKS = [
  { mark: '||', type: 'spoiler' },
  { mark: '**', type: 'strong' },
  { mark: '__', type: 'u' },
  { mark: '~~', type: 's' },
  { mark: '*', type: 'em' },
  { mark: '_', type: 'em' },
];

const SPECIAL = /[\\`<|*_~[h]/;
const BARE_LINK = /^https?:\/\/[^\s<>]+/;
// [label]( up to the address, and what may follow the address: a title, which is not shown, and the bracket.
const MASK = /^\[((?:\\.|[^\\[\]]|\[[^\]]*\]){1,1000})\]\(\s*<?/s;
const MASK_END = /^>?(?:\s+"[^"]*")?\s*\)/;
// The address of a channel or of a message, as Discord's own client copies it.
const JUMP =
  /^https:\/\/(?:\w+\.)?discord(?:app)?\.com\/channels\/(?:\d+|@me)\/(\d{1,20})(?:\/(\d{1,20}))?\/?$/;
const WORD = /[\p{L}\p{N}_]/u;

/**
 * The inline nodes of a text.
 *
 * @param {string} source
 * @returns {Array<object>}
 */
export function parseInline(source, depth = 0) {
  const nodes = [];
  let at = 0;
  while (at < source.length) {
    const found = depth < MAX_DEPTH ? readNode(source, at, depth) : null;
    if (found) {
      pushNode(nodes, found.node);
      at = found.end;
    } else {
      const end = depth < MAX_DEPTH ? nextSpecial(source, at + 1) : source.length;
      pushNode(nodes, text(source.slice(at, end)));
      at = end;
    }
  }
  return nodes;
}

function nextSpecial(source, from) {
  const found = source.slice(from).search(SPECIAL);
  return found < 0 ? source.length : from + found;
}

function pushNode(nodes, node) {
  const last = nodes.at(-1);
  if (node.type === 'text' && last?.type === 'text') last.text += node.text;
  else nodes.push(node);
}

/** The node that starts at this index, and its end; null for a literal character. */
function readNode(source, at, depth) {
  switch (source[at]) {
    case '\\':
      return readEscape(source, at);
    case '`':
      return readCode(source, at);
    case '<':
      return readTag(source, at);
    case '[':
      return readMaskedLink(source, at, depth);
    case 'h':
      return readBareLink(source, at);
    default:
      return readMarked(source, at, depth);
  }
}

function readEscape(source, at) {
  const next = source[at + 1];
  if (next === undefined || /[\p{L}\p{N}\s]/u.test(next)) return null;
  return { node: text(next), end: at + 2 };
}

function readCode(source, at) {
  const ticks = /^`+/.exec(source.slice(at))[0];
  const end = findTicks(source, at + ticks.length, ticks.length);
  if (end < 0) return { node: text(ticks), end: at + ticks.length };
  const inner = source.slice(at + ticks.length, end);
  // A space beside the ticks lets code begin or end with a tick; it is not part of the code.
  const code = /^ .*`|`.* $/s.test(inner) ? inner.replace(/^ | $/g, '') : inner;
  return { node: { type: 'code', text: code }, end: end + ticks.length };
}

function findTicks(source, from, length) {
  const runs = /`+/g;
  runs.lastIndex = from;
  for (let run = runs.exec(source); run; run = runs.exec(source)) {
    if (run[0].length === length) return run.index;
  }
  return -1;
}

function readTag(source, at) {
  const rest = source.slice(at, at + 2100);
  for (const [pattern, build] of TAGS) {
    const match = pattern.exec(rest);
    const node = match && build(match);
    if (node) return { node, end: at + match[0].length };
  }
  return null;
}

function readMaskedLink(source, at, depth) {
  const opening = MASK.exec(source.slice(at));
  if (!opening) return null;
  const label = opening[1];
  const rest = source.slice(at + opening[0].length, at + opening[0].length + 2100);
  const address = balanced(/^https?:\/\/[^\s<>]+/.exec(rest)?.[0] ?? '');
  const closing = MASK_END.exec(rest.slice(address.length));
  // A label that is itself an address could claim to lead elsewhere than it does.
  if (address === '' || !closing || /https?:\/\//i.test(label)) return null;
  const end = at + opening[0].length + address.length + closing[0].length;
  return asFound(linkNode(address, parseInline(label, depth + 1).flatMap(unlinked)), end);
}

/** A label's own links as their text: a link does not stand inside a link. */
function unlinked(node) {
  if (node.type === 'link' || node.type === 'jump') return node.children.flatMap(unlinked);
  return [node.children ? { ...node, children: node.children.flatMap(unlinked) } : node];
}

function readBareLink(source, at) {
  if (at > 0 && WORD.test(source[at - 1])) return null;
  const match = BARE_LINK.exec(source.slice(at, at + 2048));
  if (!match) return null;
  const address = balanced(match[0].split('||')[0].replace(/[.,:;!?'"*_~]+$/, ''));
  return asFound(linkNode(address, [text(address)]), at + address.length);
}

/** An address without the closing brackets that belong to the sentence around it. */
function balanced(address) {
  let open = 0;
  for (let at = 0; at < address.length; at += 1) {
    if (address[at] === '(') open += 1;
    if (address[at] === ')' && (open -= 1) < 0) return address.slice(0, at);
  }
  return address;
}

function readMarked(source, at, depth) {
  for (const { mark, type } of MARKS) {
    if (!source.startsWith(mark, at)) continue;
    const from = at + mark.length;
    const close = findClose(source, at, mark);
    if (close > from) {
      return {
        node: { type, children: parseInline(source.slice(from, close), depth + 1) },
        end: close + mark.length,
      };
    }
  }
  return null;
}

/** The index of the closing mark; -1 if the mark here does not open anything. */
function findClose(source, at, mark) {
  const from = at + mark.length;
  const single = mark.length === 1;
  if (single && (source[from] === mark || /\s|^$/.test(source[from] ?? ''))) return -1;
  if (mark === '_' && at > 0 && WORD.test(source[at - 1])) return -1;
  for (let i = from; i < source.length; i += 1) {
    if (source[i] === '\\') i += 1;
    else if (source[i] === '`') i = skipCode(source, i);
    else if (single && source.startsWith(mark + mark, i)) i += 1;
    else if (source.startsWith(mark, i) && closes(source, i, mark)) return i;
  }
  return -1;
}

function closes(source, at, mark) {
  const after = source[at + mark.length] ?? '';
  if (mark === '_') return !WORD.test(after) && !/\s/.test(source[at - 1]);
  if (mark === '*') return !/\s/.test(source[at - 1]);
  // In ***both*** the outer mark is closed by the last two signs.
  return after !== mark[0];
}

function skipCode(source, at) {
  const found = readCode(source, at);
  return found.end - 1;
}

function text(value) {
  return { type: 'text', text: value };
}

function timeNode(unixS, style) {
  return isMoment(unixS) ? { type: 'time', unixS, style } : null;
}

function linkNode(address, children) {
  const jump = JUMP.exec(address);
  if (jump) return { type: 'jump', channelId: jump[1], messageId: jump[2] ?? null, children };
  const href = safeUrl(address, 'about:blank');
  return href && { type: 'link', href, children };
}

function asFound(node, end) {
  return node && { node, end };
}
