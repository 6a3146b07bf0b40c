// Discord's markdown: the blocks of a message. `parse` is pure; `render` makes DOM nodes of what it returns.
//
// Blocks: {type: 'paragraph'|'subtext', children} · {type: 'heading', level, children} · {type: 'quote', children: blocks}
//       · {type: 'pre', language, text} · {type: 'list', ordered, start, items: [{children, lists}]}

import { parseInline } from './inline.js';

export { render, renderInline } from './markdown_view.js';
export { parseInline };

const FENCE = /```(?:([\w+#.-]{1,20})\n)?\n?([\s\S]+?)\n?```/g;
const HEADING = /^(#{1,3})\s+(\S.*)$/;
const SUBTEXT = /^-#\s+(\S.*)$/;
const QUOTE = /^> ?(.*)$/;
const QUOTE_REST = /^>>> ?/;
// Deeper lists are shown flat.
const MAX_INDENT = 20;
const ITEM = /^( *)(?:[-*]|(\d{1,9})\.) +(\S.*)$/;

/**
 * The blocks of a message's text.
 *
 * @param {string} source
 * @returns {Array<object>}
 */
export function parse(source) {
  const blocks = [];
  let from = 0;
  for (const fence of source.matchAll(FENCE)) {
    // A fence inside a quote is parsed with the quote.
    if (isQuoted(source, fence.index)) continue;
    blocks.push(...parseLines(source.slice(from, fence.index).replace(/\n$/, '')));
    blocks.push({ type: 'pre', language: fence[1] ?? '', text: fence[2] });
    from = fence.index + fence[0].length;
    if (source[from] === '\n') from += 1;
  }
  return blocks.concat(parseLines(source.slice(from)));
}

function isQuoted(source, at) {
  const line = source.lastIndexOf('\n', at - 1) + 1;
  return source[line] === '>' || /(^|\n)>>> /.test(source.slice(0, at));
}

function parseLines(source) {
  if (source === '') return [];
  const lines = source.split('\n');
  const blocks = [];
  while (lines.length) blocks.push(takeBlock(lines));
  return blocks;
}

/** Takes one block's lines off the front. */
function takeBlock(lines) {
  const [line] = lines;
  if (QUOTE_REST.test(line)) return quoteOf(lines.splice(0).join('\n').replace(QUOTE_REST, ''));
  if (isQuote(line))
    return quoteOf(
      takeWhile(lines, isQuote)
        .map((quoted) => QUOTE.exec(quoted)[1])
        .join('\n'),
    );
  if (ITEM.test(line)) return takeList(lines, indentOf(line));
  if (HEADING.test(line)) {
    const [, marks, title] = HEADING.exec(lines.shift());
    return { type: 'heading', level: marks.length, children: parseInline(title) };
  }
  if (SUBTEXT.test(line)) return { type: 'subtext', children: parseInline(SUBTEXT.exec(lines.shift())[1]) };
  return { type: 'paragraph', children: parseInline(takeWhile(lines, isPlain).join('\n')) };
}

function quoteOf(inner) {
  // A nested quote is plain text in Discord, so its mark is escaped.
  return { type: 'quote', children: parse(inner.replace(/^>/gm, '\\>')) };
}

function isQuote(line) {
  return /^> /.test(line);
}

function isPlain(line) {
  return !isQuote(line) && ![QUOTE_REST, HEADING, SUBTEXT, ITEM].some((pattern) => pattern.test(line));
}

function indentOf(line) {
  return ITEM.exec(line)[1].length;
}

function takeWhile(lines, belongs) {
  const end = lines.findIndex((line, index) => index > 0 && !belongs(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

function takeList(lines, indent) {
  const number = numberOf(lines[0]);
  const list = { type: 'list', ordered: number !== undefined, start: Number(number ?? 1), items: [] };
  while (lines.length && ITEM.test(lines[0]) && indentOf(lines[0]) >= indent) {
    const isDeeper = indentOf(lines[0]) > indent + 1 && list.items.length > 0;
    if (isDeeper && indent < MAX_INDENT) list.items.at(-1).lists.push(takeList(lines, indentOf(lines[0])));
    else if ((numberOf(lines[0]) !== undefined) !== list.ordered) break;
    else list.items.push({ children: parseInline(ITEM.exec(lines.shift())[3]), lists: [] });
  }
  return list;
}

function numberOf(line) {
  return ITEM.exec(line)[2];
}
