import assert from 'node:assert/strict';
import { test } from 'node:test';

import { announcement } from '../../sandbox/page/lib/announcements.js';
import { delayOf, timelineOf, median, requestWords, seconds, stateOf, summaryOf } from '../../sandbox/page/lib/jobs.js';

const JOB = { began: 100, due: 110, noticed: null, told: null, will: 'completed', poll_count: 0, polls: [] };

test('the state of a job follows from its times', () => {
  const states = [
    [JOB, 105],
    [JOB, 111],
    [{ ...JOB, noticed: 112 }, 112.1],
    [{ ...JOB, noticed: 112, told: 113 }, 114],
    [{ ...JOB, noticed: 112, told: 113, will: 'failed' }, 114],
    [{ ...JOB, due: null }, 9_999],
    [{ ...JOB, is_stopped: true }, 105],
    [{ ...JOB, is_stopped: true }, 111],
    [{ ...JOB, is_unknown: true }, 111],
  ].map(([job, now]) => stateOf(job, now));
  assert.deepEqual(states, ['making', 'unnoticed', 'noticed', 'done', 'failed', 'making', 'making', 'stopped', 'unknown']);
});

test('the summary of a job contains its durations', () => {
  assert.deepEqual(summaryOf({ ...JOB, poll_count: 1 }, 104), ['for 4.0 s', '1 poll']);
  assert.deepEqual(summaryOf(JOB, 110.25), ['made in 10 s', '0 polls', 'finished 0.25 s ago']);
  const told = { ...JOB, noticed: 110.3, told: 111.5, poll_count: 4 };
  const story = ['made in 10 s', '4 polls', 'detected after 0.30 s', 'posted after 1.2 s'];
  assert.deepEqual(summaryOf(told, 150), story);
});

test('a poll at the due time has no delay', () => {
  assert.equal(delayOf({ due: 110, noticed: 109.99 }), 0);
  assert.equal(delayOf({ due: null, noticed: 5 }), 0);
});

test('durations are formatted with suitable precision', () => {
  const words = ['0.00 s', '0.21 s', '1.0 s', '7.4 s', '84 s', '12 min'];
  assert.deepEqual([0, 0.214, 0.999, 7.44, 84.4, 724].map(seconds), words);
});

test('the median of no numbers is null', () => {
  assert.deepEqual([median([]), median([3, 1, 2]), median([4, 1, 3, 2])], [null, 2, 2.5]);
});

test('all positions on the timeline are between its ends, polls by kind', () => {
  const polls = [
    [102, 200, 'running'],
    [104, 429, null],
    [106, null, null],
    [111, 200, 'completed'],
  ];
  const line = timelineOf({ ...JOB, polls, noticed: 111, told: 112 }, 200);
  assert.deepEqual([line.polls.good.length, line.polls.bad.length, line.polls.last.length], [1, 2, 1]);
  const places = [line.polls.good[0], ...line.polls.bad, line.made, line.noticed, line.told];
  assert.deepEqual(places, [...places].sort((left, right) => left - right));
  assert.ok(places.every((place) => place > 0 && place < 1));
  assert.equal(timelineOf(JOB, 100).made, 0);
  assert.equal(timelineOf({ ...JOB, due: null }, 130).due, null);
});

test('a request is described in words', () => {
  const seen = { kind: 'poll', job_id: '81fa5ff7-6197', status: 200, word: 'running' };
  const words = { what: 'poll', about: '81fa5ff7', answer: '200 running', isBad: false };
  assert.deepEqual(requestWords(seen), words);
  assert.deepEqual(requestWords({ kind: 'submit', job_id: null, status: null, word: null }), {
    what: 'submit',
    about: '',
    answer: 'no answer',
    isBad: true,
  });
  assert.ok(requestWords({ ...seen, status: 429 }).isBad);
});

const said = (more) => ({ author: { username: 'whisul', global_name: 'Whisul' }, content: '', embeds: [], ...more });

test('a new message is announced by its headline without markdown', () => {
  const attachments = [{ content_type: 'audio/mpeg' }];
  const message = said({ content: '<@5> your **song** is ready! <t:1:R>', attachments });
  assert.equal(announcement(null, message), 'Whisul: your song is ready. with audio');
  assert.equal(announcement(null, said({ embeds: [{ description: 'one\ntwo' }] })), 'Whisul: one');
  assert.equal(announcement(null, said({})), 'Whisul: a message');
});

test('progress updates and loading messages are not announced', () => {
  const card = said({ embeds: [{ title: 'Composing …', description: '▰▱▱' }] });
  const further = said({ embeds: [{ title: 'Composing …', description: '▰▰▱' }] });
  assert.equal(announcement(card, further), null);
  assert.equal(announcement(null, said({ loading: true })), null);
  assert.equal(announcement(said({ loading: true }), card), 'Whisul: Composing …');
  assert.equal(announcement(card, said({ embeds: [{ title: 'It failed' }] })), 'Whisul: It failed');
});
