// The story of a job in the control room: its state in words, its times, and where things lie on its line. Pure.
//
// A job here is one of the control room's state: {began, due, noticed, told, will, polls: [[at, status, word]], …}, all in
// seconds of one clock; `due` is when the generation ends (null: never), `noticed` the look that found that out, and
// `told` when people could read it.

const FINAL = new Set(['completed', 'failed']);
const ROOM = 1.03;

/** @returns {'making' | 'unnoticed' | 'noticed' | 'done' | 'failed'} */
export function stateOf(job, nowS) {
  if (job.noticed === null) return isOver(job, nowS) ? 'unnoticed' : 'making';
  if (job.told === null) return 'noticed';
  return job.will === 'failed' ? 'failed' : 'done';
}

export const STATE_WORDS = {
  making: 'in the making',
  unnoticed: 'finished, not noticed yet',
  noticed: 'noticed, being told',
  done: 'told',
  failed: 'failed, told',
};

/** What there is to say of a job's times, in the order in which things happened. @returns {string[]} */
export function storyOf(job, nowS) {
  const looks = `${job.poll_count} ${job.poll_count === 1 ? 'look' : 'looks'}`;
  if (!isOver(job, nowS)) return [`for ${seconds(nowS - job.began)}`, looks];
  const story = [`made in ${seconds(job.due - job.began)}`, looks];
  if (job.noticed !== null) story.push(`noticed after ${seconds(delayOf(job))}`);
  else story.push(`finished ${seconds(nowS - job.due)} ago`);
  if (job.told !== null) story.push(`told after ${seconds(job.told - job.noticed)}`);
  return story;
}

/** From a job's end to the look that found it, in seconds. */
export function delayOf({ noticed, due }) {
  return Math.max(0, noticed - (due ?? noticed));
}

/** The middle one of some numbers; null if there are none. */
export function median(numbers) {
  const sorted = [...numbers].sort((left, right) => left - right);
  if (sorted.length === 0) return null;
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** "0.21 s", "7.4 s", "84 s", "12 min": as exact as it is of use. */
export function seconds(value) {
  if (value < 0.995) return `${Math.max(0, value).toFixed(2)} s`;
  if (value < 10) return `${value.toFixed(1)} s`;
  return value < 120 ? `${Math.round(value)} s` : `${Math.round(value / 60)} min`;
}

/**
 * Where things lie on a job's line, from 0 (accepted) to 1.
 *
 * @returns {{made: number, due: number | null, noticed: number | null, told: number | null,
 *   looks: {good: number[], bad: number[], last: number[]}}} `made` is how far the generation has come
 */
export function lineOf(job, nowS) {
  const last = Math.max(job.told ?? nowS, job.due ?? 0, ...job.polls.map(([at]) => at));
  const span = Math.max(0.1, last - job.began) * ROOM;
  const at = (moment) => (moment === null ? null : Math.min(1, Math.max(0, (moment - job.began) / span)));
  const looks = { good: [], bad: [], last: [] };
  for (const [moment, status, word] of job.polls) looks[kindOfLook(status, word)].push(at(moment));
  return {
    made: at(Math.min(nowS, job.due ?? nowS)),
    due: at(job.due),
    noticed: at(job.noticed),
    told: at(job.told),
    looks,
  };
}

function kindOfLook(status, word) {
  if (status !== 200) return 'bad';
  return FINAL.has(word) ? 'last' : 'good';
}

function isOver({ due, noticed }, nowS) {
  return noticed !== null || (due !== null && nowS >= due);
}

const KINDS = {
  submit: 'asks for a song',
  poll: 'looks',
  audio: 'fetches the audio',
  cover: 'fetches the cover',
  other: 'asks for what is not there',
};

/** A request that reached Whisul, in words: `{what, about, answer, isBad}`. */
export function requestWords({ kind, job_id: jobId, status, word }) {
  const answer = status === null ? 'no answer' : [status, word].filter(Boolean).join(' ');
  const isBad = status === null || status >= 400;
  return { what: KINDS[kind] ?? kind, about: jobId?.slice(0, 8) ?? '', answer, isBad };
}
