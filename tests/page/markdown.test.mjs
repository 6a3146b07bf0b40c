import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parse, parseInline } from '../../sandbox/page/lib/markdown.js';

const text = (words) => ({ type: 'text', text: words });
const node = (type, ...words) => ({
  type,
  children: words.map((word) => (typeof word === 'string' ? text(word) : word)),
});

test('plain text is one node', () => {
  assert.deepEqual(parseInline('a song, please'), [text('a song, please')]);
});

test('each mark has its own node type', () => {
  const kinds = { '**b**': 'strong', '*i*': 'em', _i_: 'em', __u__: 'u', '~~s~~': 's', '||h||': 'spoiler' };
  for (const [source, kind] of Object.entries(kinds))
    assert.deepEqual(parseInline(source)[0].type, kind, source);
});

test('marks nest', () => {
  assert.deepEqual(parseInline('**a *b* c**'), [node('strong', 'a ', node('em', 'b'), ' c')]);
  assert.deepEqual(parseInline('***both***'), [node('strong', node('em', 'both'))]);
});

test('unclosed marks and marks inside words are literal', () => {
  for (const source of [
    '**open',
    'snake_case_name',
    '2 * 3 * 4',
    '||',
    '****',
    '_',
    '~~',
    '[no](link',
    '<@abc>',
    'a `tick',
  ]) {
    assert.equal(flat(parseInline(source)), source, source);
    assert.ok(
      parseInline(source).every(({ type }) => type === 'text'),
      source,
    );
  }
});

test('a backslash escapes a mark, and is literal before a letter', () => {
  assert.deepEqual(parseInline('\\*not bold\\* \\<@1> \\a'), [text('*not bold* <@1> \\a')]);
});

test('code is not parsed', () => {
  assert.deepEqual(parseInline('`**a** <@1>`'), [{ type: 'code', text: '**a** <@1>' }]);
  assert.deepEqual(parseInline('`` a`b ``'), [{ type: 'code', text: 'a`b' }]);
  assert.deepEqual(parseInline('**a `**` b**')[0].children[1], { type: 'code', text: '**' });
});

test('mentions, emojis, commands and timestamps are parsed', () => {
  assert.deepEqual(parseInline('<@1><@!2><#3><@&4><:wave:5></job status:6>'), [
    { type: 'user', id: '1' },
    { type: 'user', id: '2' },
    { type: 'channel', id: '3' },
    { type: 'role', id: '4' },
    { type: 'emoji', name: 'wave' },
    { type: 'command', name: 'job status' },
  ]);
  assert.deepEqual(parseInline('<t:1700000000:R>'), [{ type: 'time', unixS: 1_700_000_000, style: 'R' }]);
  assert.deepEqual(parseInline('<t:1700000000>')[0].style, 'f');
  assert.deepEqual(parseInline('<t:9999999999999:R>')[0].type, 'text', 'no calendar knows this moment');
});

test('only http and https become links', () => {
  for (const source of [
    'javascript:alert(1)',
    '[x](javascript:alert(1))',
    '[x](data:text/html,a)',
    '[x](file:///etc)',
    '<ftp://a.b>',
  ]) {
    assert.ok(
      parseInline(source).every(({ type }) => type === 'text'),
      source,
    );
  }
  assert.equal(parseInline('[x](https://a.b/c)')[0].href, 'https://a.b/c');
});

test('the URL of a message is an internal link', () => {
  const address = 'https://discord.com/channels/1/22/333';
  const jump = { type: 'jump', channelId: '22', messageId: '333' };
  assert.deepEqual(parseInline(`[card](${address})`), [{ ...jump, children: [text('card')] }]);
  assert.deepEqual(parseInline(address), [{ ...jump, children: [text(address)] }]);
  assert.equal(parseInline('https://discord.com/channels/@me/22')[0].messageId, null);
  assert.equal(parseInline('https://discord.com.evil.example/channels/1/22/333')[0].type, 'link');
});

test('a link label must not be a URL', () => {
  const [first] = parseInline('[https://bank.example](https://thief.example)');
  assert.equal(first.type, 'text');
});

test('a bare URL ends before punctuation', () => {
  assert.equal(parseInline('see https://a.b/c.')[1].href, 'https://a.b/c');
  assert.equal(parseInline('(https://a.b/c)')[1].href, 'https://a.b/c');
  assert.equal(parseInline('https://a.b/c_(d)')[0].href, 'https://a.b/c_(d)');
  assert.equal(parseInline('[t](https://a.b/c_(d))')[0].href, 'https://a.b/c_(d)');
  assert.equal(parseInline('||https://a.b||')[0].children[0].href, 'https://a.b/');
});

test('a link label contains no links', () => {
  const [link] = parseInline('[**see** <https://a.b>](https://c.d)').filter(({ type }) => type === 'link');
  assert.notEqual(
    link?.children?.some(({ type }) => type === 'link'),
    true,
  );
});

test('blocks are distinguished by their marks', () => {
  const kinds = parse('# big\n## mid\n-# small\nwords\n> quoted\n- item\n```js\ncode\n```').map(
    ({ type }) => type,
  );
  assert.deepEqual(kinds, ['heading', 'heading', 'subtext', 'paragraph', 'quote', 'list', 'pre']);
});

test('a paragraph keeps its lines, including blank ones', () => {
  assert.deepEqual(parse('a\n\nb'), [{ type: 'paragraph', children: [text('a\n\nb')] }]);
});

test('a code block keeps its text and its language', () => {
  assert.deepEqual(parse('```py\n# **x**\n```'), [{ type: 'pre', language: 'py', text: '# **x**' }]);
  assert.deepEqual(parse('```one line```'), [{ type: 'pre', language: '', text: 'one line' }]);
});

test('>>> quotes all that follows, and quotes do not nest', () => {
  const [quote, ...rest] = parse('>>> a\nb\n> c');
  assert.equal(rest.length, 0);
  assert.deepEqual(quote.children, [{ type: 'paragraph', children: [text('a\nb\n> c')] }]);
});

test('a quote can contain code, and ends with its lines', () => {
  const [quote, after] = parse('> ```\n> x\n> ```\nafter');
  assert.deepEqual(quote.children, [{ type: 'pre', language: '', text: 'x' }]);
  assert.equal(after.type, 'paragraph');
});

test('lists nest, keep their start number, and do not mix', () => {
  const [bullets, numbers] = parse('- a\n  - b\n- c\n3. x\n4. y');
  assert.equal(bullets.items.length, 2);
  assert.equal(bullets.items[0].lists[0].items.length, 1);
  assert.deepEqual([numbers.ordered, numbers.start, numbers.items.length], [true, 3, 2]);
});

test('hostile text is parsed completely', () => {
  const parts = [
    '*',
    '_',
    '[',
    '`',
    '||**__',
    '_a ',
    '[a](https://',
    '`a``b```',
    '\\',
    '> ',
    '[\\',
    '- ',
    '<t:1',
    '**a ',
    '[[]',
    '>>> ',
    '```',
  ];
  for (const part of parts) assert.ok(parse(`${part.repeat(4000 / part.length)} end`).length > 0, part);
});

/** The words of a tree. */
function flat(nodes) {
  return nodes.map((each) => each.text ?? flat(each.children ?? [])).join('');
}
