import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compareIds, madeAt } from '../../sandbox/page/lib/ids.js';
import { looseAttachments, rows, Timeline } from '../../sandbox/page/lib/timeline.js';
import { channelTree } from '../../sandbox/page/lib/channel_tree.js';

const ADA = { id: '1', username: 'ada' };
const BOT = { id: '9', username: 'bot' };
const at = (minute) => new Date(2026, 1, 17, 12, minute).toISOString();
const said = (id, author, minute, more = {}) => ({ id, author, timestamp: at(minute), content: id, ...more });
const heads = (messages) =>
  rows(messages)
    .filter(({ kind }) => kind === 'message')
    .map(({ isHead }) => isHead);

test('messages are ordered by ID, as numbers', () => {
  const timeline = new Timeline();
  timeline.load([said('1000', ADA, 1), said('999', ADA, 0)]);
  assert.deepEqual(
    timeline.list().map(({ id }) => id),
    ['999', '1000'],
  );
  assert.ok(compareIds('9', '10') < 0 && compareIds('10', '9') > 0 && compareIds('7', '7') === 0);
});

test('events during a fetch are applied to its result', () => {
  const timeline = new Timeline();
  timeline.load([said('1', ADA, 0)]);
  timeline.beginFetch();
  timeline.put(said('3', ADA, 2));
  timeline.put(said('2', ADA, 1, { content: 'edited' }));
  timeline.drop('1');
  timeline.load([said('1', ADA, 0), said('2', ADA, 1)]);
  assert.deepEqual(
    timeline.list().map(({ id, content }) => [id, content]),
    [
      ['2', 'edited'],
      ['3', '3'],
    ],
  );
});

test('a fetch drops messages that were deleted while offline', () => {
  const timeline = new Timeline();
  timeline.put(said('1', ADA, 0));
  timeline.beginFetch();
  timeline.load([said('2', ADA, 1)]);
  assert.deepEqual(
    timeline.list().map(({ id }) => id),
    ['2'],
  );
});

test('consecutive messages of an author share a header', () => {
  assert.deepEqual(heads([said('1', ADA, 0), said('2', ADA, 1), said('3', BOT, 2), said('4', BOT, 3)]), [
    true,
    false,
    true,
    false,
  ]);
});

test('a pause, a reply, a command and an ephemeral answer start a group', () => {
  const first = said('1', BOT, 0);
  for (const next of [
    said('2', BOT, 20),
    said('2', BOT, 1, { message_reference: { message_id: '1' } }),
    said('2', BOT, 1, { interaction_metadata: { user: ADA, name: 'compose' } }),
    said('2', BOT, 1, { ephemeral_for: '1' }),
  ]) {
    assert.deepEqual(heads([first, next]), [true, true], JSON.stringify(next));
  }
});

test('each day has a separator, and dismissed messages are left out', () => {
  const tomorrow = new Date(2026, 1, 18, 9).toISOString();
  const all = rows(
    [said('1', ADA, 0), said('2', ADA, 1), { ...said('3', ADA, 0), timestamp: tomorrow }],
    new Set(['2']),
  );
  assert.deepEqual(
    all.map(({ kind, key }) => (kind === 'day' ? key : `m${key}`)),
    ['day-2026-02-17', 'm1', 'day-2026-02-18', 'm3'],
  );
});

test('attachments shown by an embed or component are not listed', () => {
  const cover = { id: '1', url: 'http://a/cover.jpg', filename: 'cover.jpg' };
  const song = { id: '2', url: 'http://a/song.mp3', filename: 'song.mp3' };
  const message = {
    embeds: [{ title: 'x', url: song.url, image: { url: cover.url } }],
    attachments: [cover, song],
  };
  assert.deepEqual(looseAttachments(message), [song]);
  assert.deepEqual(looseAttachments({ ...message, flags: 1 << 15 }), [], 'components show their own files');
});

test('an ID contains its creation time', () => {
  assert.equal(madeAt('175928847299117063').toISOString(), '2016-04-30T11:18:25.796Z');
});

test('threads are below their channel, or alone if that is hidden', () => {
  const channel = (id, type = 0, parent = null) => ({ id, name: id, type, parent_id: parent });
  const tree = channelTree([channel('2', 11, '1'), channel('1'), channel('3'), channel('5', 11, '4')]);
  assert.deepEqual(
    tree.map(({ channel: { id }, threads }) => [id, threads.map((thread) => thread.id)]),
    [
      ['1', ['2']],
      ['3', []],
      ['5', []],
    ],
  );
});
