import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fileSize } from '../../sandbox/page/lib/file_size.js';
import { absolute, clock, dayTitle, isMoment, relative, stamp } from '../../sandbox/page/lib/time.js';
import { barsPath, peaks } from '../../sandbox/page/view/waveform.js';

const NOW_S = 1_771_342_774;

test('relative times take the largest unit that fits', () => {
  const cases = {
    '-3': '3 seconds ago',
    0: 'now',
    59: 'in 59 seconds',
    '-144': '2 minutes ago',
    7200: 'in 2 hours',
    '-172800': '2 days ago',
    31536000: 'in 1 year',
  };
  for (const [delta, words] of Object.entries(cases))
    assert.equal(relative(NOW_S + Number(delta), NOW_S), words);
});

test('absolute styles are formatted as in Discord', () => {
  const styles = {
    t: /^15:39$/,
    T: /^15:39:34$/,
    d: /^17\/02\/2026$/,
    D: /^17 February 2026$/,
    f: /17 February 2026.*15:39/,
    F: /Tuesday.*17 February 2026.*15:39/,
  };
  for (const [style, words] of Object.entries(styles))
    assert.match(absolute(NOW_S, style, 'UTC'), words, style);
});

test('times outside of the range of Date are invalid', () => {
  assert.ok(isMoment(NOW_S) && isMoment(-1));
  assert.ok(!isMoment(9e12) && !isMoment(NaN));
});

test('a time stamp contains the day only if it is not today', () => {
  const now = new Date(2026, 1, 17, 15, 39);
  assert.equal(stamp(new Date(2026, 1, 17, 9, 5), now), '09:05');
  assert.equal(stamp(new Date(2026, 1, 16, 23, 5), now), 'yesterday at 23:05');
  assert.equal(stamp(new Date(2025, 11, 24, 9, 5), now), '24 Dec 2025, 09:05');
  assert.equal(dayTitle(now, now), 'Today');
  assert.match(dayTitle(new Date(2026, 1, 16), now), /^Monday/);
});

test('audio durations are formatted as m:ss', () => {
  const cases = [
    [167.4, '2:47'],
    [0, '0:00'],
    [59.9, '0:59'],
    [3722, '1:02:02'],
    [NaN, '0:00'],
    [Infinity, '0:00'],
    [-3, '0:00'],
  ];
  for (const [seconds, words] of cases) assert.equal(clock(seconds), words);
});

test('file sizes are formatted with units', () => {
  const cases = [
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1536, '1.5 KB'],
    [10_485_760, '10.0 MB'],
    [2 ** 40, '1024 GB'],
    [undefined, ''],
  ];
  for (const [bytes, words] of cases) assert.equal(fileSize(bytes), words);
});

test('a waveform is normalised to its loudest part', () => {
  const samples = Float32Array.from({ length: 400 }, (_, at) => (at < 100 ? 0 : at < 200 ? 0.25 : 0.5));
  assert.deepEqual(peaks(samples, 4), [0, 0.5, 1, 1]);
  assert.deepEqual(peaks(new Float32Array(8), 4), [0, 0, 0, 0]);
  assert.equal(peaks(new Float32Array(2), 4).length, 4);
  assert.equal(barsPath([0, 1]), 'M0.5 11.10V12.90M1.5 0.50V23.50');
});
