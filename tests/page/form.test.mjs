import assert from 'node:assert/strict';
import { test } from 'node:test';

import { characterCount, errorOf } from '../../sandbox/page/lib/form.js';
import { Notices } from '../../sandbox/page/lib/notices.js';
import { Timeline } from '../../sandbox/page/lib/timeline.js';

const TEXT = { type: 4, min_length: 3, max_length: 5 };
const LIST = { type: 3, min_values: 1, max_values: 2 };

test('missing, short and long texts are errors', () => {
  assert.match(errorOf(TEXT, '', true), /required/);
  assert.equal(errorOf(TEXT, '', false), null);
  assert.match(errorOf(TEXT, 'ab', true), /at least 3 characters: 1 more/);
  assert.match(errorOf(TEXT, 'abcdef', true), /at most 5/);
  assert.equal(errorOf(TEXT, 'abcd', true), null);
});

test('missing choices and too many choices are errors', () => {
  assert.match(errorOf(LIST, [], true), /selection/);
  assert.equal(errorOf(LIST, [], false), null);
  assert.match(errorOf(LIST, ['a', 'b', 'c'], true), /At most 2|at most 2/);
  assert.match(errorOf({ ...LIST, min_values: 2 }, ['a'], false), /at least 2/);
  assert.match(errorOf({ type: 21 }, null, true), /selection/);
  assert.equal(errorOf({ type: 21 }, 'a', true), null);
});

test('the character counter is shown with a limit or near the maximum', () => {
  assert.equal(characterCount({ max_length: 300 }, 0), '0 / 300');
  assert.equal(characterCount({}, 10), '');
  assert.equal(characterCount({}, 3900), '3900 / 4000');
});

test('a pending command has a notice in its channel until it is answered', () => {
  const notices = new Notices();
  const [good, bad] = [notices.begin('1', 'compose'), notices.begin('1', 'songs')];
  notices.begin('2', 'help');
  notices.settle(good, { state: 'acknowledged' });
  notices.settle(bad, { state: 'failed', reason: 'silence' });
  assert.deepEqual(
    notices.of('1').map(({ command, state, reason }) => [command, state, reason]),
    [['songs', 'failed', 'silence']],
  );
  notices.drop(bad.id);
  notices.settle(bad, { state: 'failed' });
  assert.deepEqual(notices.of('1'), [], 'what was closed does not come back');
});

test('a deleted message is known to be deleted', () => {
  const timeline = new Timeline();
  timeline.put({ id: '5' });
  assert.equal(timeline.isGone('5'), false);
  timeline.drop('5');
  assert.equal(timeline.isGone('5'), true);
});
