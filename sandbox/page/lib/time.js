// Formats times. The pure functions take `now`; only `refreshRelativeTimes` and `timeElement` read the clock.

import { h } from './dom.js';

const LOCALE = 'en-GB';
const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];
const STYLES = {
  t: { timeStyle: 'short' },
  T: { timeStyle: 'medium' },
  d: { dateStyle: 'short' },
  D: { dateStyle: 'long' },
  f: { dateStyle: 'long', timeStyle: 'short' },
  F: { dateStyle: 'full', timeStyle: 'short' },
};
const MAX_UNIX_S = 8_640_000_000_000;

const relativeFormat = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'always' });

/** "in 2 minutes", "3 seconds ago"; both moments are Unix seconds. */
export function relative(unixS, nowS) {
  const delta = Math.round(unixS - nowS);
  if (delta === 0) return 'now';
  const [unit, size] = UNITS.find(([, seconds]) => Math.abs(delta) >= seconds) ?? ['second', 1];
  return relativeFormat.format(Math.trunc(delta / size), unit);
}

/** A moment in one of Discord's absolute styles (t, T, d, D, f, F); `timeZone` is the reader's unless given. */
export function absolute(unixS, style = 'f', timeZone = undefined) {
  return new Intl.DateTimeFormat(LOCALE, { ...(STYLES[style] ?? STYLES.f), timeZone }).format(unixS * 1000);
}

/** Whether these Unix seconds are in the range of `Date`. */
export function isMoment(unixS) {
  return Number.isFinite(unixS) && Math.abs(unixS) <= MAX_UNIX_S;
}

/** The day of a date as a sortable key, in the reader's time zone. */
export function dayKey(date) {
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
}

/** "14:02" today, "yesterday at 14:02", else with the date. */
export function stamp(date, now) {
  const time = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'short' }).format(date);
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (dayKey(date) === dayKey(now)) return time;
  if (dayKey(date) === dayKey(yesterday)) return `yesterday at ${time}`;
  return `${new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' }).format(date)}, ${time}`;
}

/** "Monday, 23 November 2026": the line between two days. */
export function dayTitle(date, now) {
  if (dayKey(date) === dayKey(now)) return 'Today';
  return new Intl.DateTimeFormat(LOCALE, {
    weekday: 'long',
    dateStyle: undefined,
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  }).format(date);
}

/** Seconds of audio as "m:ss", or "h:mm:ss" from an hour on. */
export function clock(seconds) {
  const whole = Number.isFinite(seconds) && seconds > 0 ? Math.floor(seconds) : 0;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(rest).padStart(2, '0');
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

/** A `<time>` for a Discord timestamp; a relative one is updated by `refreshRelativeTimes`. */
export function timeElement(unixS, style) {
  const isRelative = style === 'R';
  const text = isRelative ? relative(unixS, Date.now() / 1000) : absolute(unixS, style);
  const props = {
    class: 'moment',
    datetime: new Date(unixS * 1000).toISOString(),
    title: absolute(unixS, 'F'),
  };
  return h('time', { ...props, dataset: isRelative ? { relative: unixS } : {} }, text);
}

/** Updates the relative times below `root` once a second, where their text has changed. */
export function refreshRelativeTimes(root) {
  const refresh = () => {
    for (const element of root.querySelectorAll('time[data-relative]')) {
      const text = relative(Number(element.dataset.relative), Date.now() / 1000);
      if (element.textContent !== text) element.textContent = text;
    }
  };
  setInterval(refresh, 1000);
}
