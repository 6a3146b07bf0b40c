import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import { holding, installDocument } from './fake_dom.mjs';
import { h } from '../../sandbox/page/lib/dom.js';
import { parse, render } from '../../sandbox/page/lib/markdown.js';
import { safeUrl } from '../../sandbox/page/lib/urls.js';
import { fieldRows } from '../../sandbox/page/view/embed.js';
import { kindOf } from '../../sandbox/page/view/attachment.js';

const opened = [];
const names = {
  user: (id) => ({ 1: 'Ada' })[id] ?? null,
  channel: (id) => ({ 2: 'songs', 5: 'Whisul' })[id] ?? null,
  isDirect: (id) => id === '5',
  openChannel: (id) => opened.push(id),
  useCommand: (name) => opened.push(name),
};
const show = (source) => holding(render(parse(source), names));

before(installDocument);

test('markup in a message is only text', () => {
  const root = show('<script>alert(1)</script> <img src=x onerror=alert(1)> **<b>**');
  assert.equal(root.all('script').length + root.all('img').length + root.all('b').length, 0);
  assert.match(root.textContent, /<script>alert\(1\)<\/script>/);
});

test('links open in a new tab without referrer', () => {
  const [link] = show('[song](https://a.b/c)').all('a');
  assert.equal(link.attributes.href, 'https://a.b/c');
  assert.match(link.attributes.rel, /noopener/);
  assert.equal(link.attributes.title, 'https://a.b/c', 'where it leads can be seen');
});

test('mentions are shown as names, and unknown ones without their IDs', () => {
  assert.equal(show('<@1> <@9> <#2> <#9>').textContent, '@Ada @unknown user #songs #unknown');
});

test('channel and command mentions are buttons', () => {
  for (const button of show('<#2> </job status:5>').all('button')) button.dispatchEvent(new Event('click'));
  assert.deepEqual(opened, ['2', 'job status']);
});

test('a bare message link shows its channel, and a hidden channel has no link', () => {
  const root = show(
    'https://discord.com/channels/1/2/3 [there](https://discord.com/channels/1/2/3) https://discord.com/channels/1/9/3',
  );
  assert.equal(root.textContent, '#songs › message there #unknown');
  assert.equal(root.all('button').length, 2);
});

test('a bare link to a direct message shows with whom', () => {
  assert.equal(show('https://discord.com/channels/@me/5/3').textContent, '@Whisul › message');
});

test('a spoiler is inert until it is pressed', () => {
  const [spoiler, inner] = show('||the end||').all('span');
  assert.equal(inner.attributes.inert, '');
  spoiler.dispatchEvent(new Event('click'));
  assert.equal(inner.attributes.inert, undefined);
});

test('a relative time has the absolute time as its title', () => {
  const [time] = show('<t:1700000000:R>').all('time');
  assert.match(time.textContent, /years ago$/);
  assert.match(time.attributes.title, /November 2023/);
  assert.equal(time.dataset.relative, 1_700_000_000);
});

test('elements refuse scripts and unsafe URLs', () => {
  assert.throws(() => h('b', { onclick: 'alert(1)' }), TypeError);
  assert.throws(() => h('iframe', { srcdoc: '<p>' }), TypeError);
  assert.equal(h('a', { href: 'javascript:alert(1)' }).attributes.href, undefined);
  assert.equal(h('img', { src: 'data:text/html,x' }).attributes.src, undefined);
});

test('safe URLs are http and https, absolute or relative', () => {
  const base = 'http://127.0.0.1:8000/';
  assert.equal(safeUrl('/attachments/1/2/a.mp3', base), 'http://127.0.0.1:8000/attachments/1/2/a.mp3');
  assert.equal(safeUrl('https://a.b', base), 'https://a.b/');
  for (const address of [
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    'file:///etc',
    'data:x',
    'blob:x',
    '',
    null,
    5,
    'http://',
  ]) {
    assert.equal(safeUrl(address, base), null, String(address));
  }
});

test('inline fields share rows of three, others have their own row', () => {
  const field = (name, inline) => ({ name, inline });
  const rows = fieldRows([
    field(1, true),
    field(2, true),
    field(3, true),
    field(4, true),
    field(5, false),
    field(6, true),
  ]);
  assert.deepEqual(
    rows.map((row) => row.map(({ name }) => name)),
    [[1, 2, 3], [4], [5], [6]],
  );
});

test('the kind of an attachment follows from its type, else its name', () => {
  assert.equal(kindOf({ content_type: 'audio/mpeg', filename: 'a' }), 'audio');
  assert.equal(kindOf({ filename: 'cover.JPG' }), 'picture');
  assert.equal(
    kindOf({ content_type: 'image/svg+xml', filename: 'a.svg' }),
    'file',
    'an SVG may hold more than a picture',
  );
  assert.equal(kindOf({ filename: 'notes.txt' }), 'file');
});
