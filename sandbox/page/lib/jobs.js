// A job in the control room: its state, its times in words, and the positions on its timeline. Pure.
//
// A job here is one of the control room's state: {began, due, noticed, told, will, polls: [[at, status, word]], …}, all in
// seconds of one clock; `due` is when the generation ends (null: never), `noticed` the time of the poll that found that
// out, and `told` when the outcome was posted.

const FINAL = new Set(['completed', 'failed']);
const MARGIN = 1.03;

/** @returns {'making' | 'unnoticed' | 'noticed' | 'done' | 'failed' | 'stopped' | 'unknown'} */
export function stateOf(job, nowS) {
  if (job.is_unknown && isOver(job, nowS)) return 'unknown';
  if (job.is_stopped && isOver(job, nowS)) return 'stopped';
  if (job.noticed === null) return isOver(job, nowS) ? 'unnoticed' : 'making';
  if (job.told === null) return 'noticed';
  return job.will === 'failed' ? 'failed' : 'done';
}

export const STATE_WORDS = {
  making: 'in progress',
  unnoticed: 'finished, not detected yet',
  noticed: 'detected, being posted',
  done: 'posted',
  failed: 'failed, posted',
  stopped: 'stopped, kept',
  unknown: 'outcome unknown',
};

/** A job's times in words, in chronological order. @returns {string[]} */
export function summaryOf(job, nowS) {
  const polls = job.poll_count === 1 ? '1 poll' : `${job.poll_count} polls`;
  if (!isOver(job, nowS)) return [`for ${seconds(nowS - job.began)}`, polls];
  const story = [`made in ${seconds(job.due - job.began)}`, polls];
  if (job.noticed !== null) story.push(`detected after ${seconds(delayOf(job))}`);
  else story.push(`finished ${seconds(nowS - job.due)} ago`);
  if (job.told !== null) story.push(`posted after ${seconds(job.told - job.noticed)}`);
  return story;
}

/** Seconds from a job's end to the poll that noticed it. */
export function delayOf({ noticed, due }) {
  return Math.max(0, noticed - (due ?? noticed));
}

/** The median; null without numbers. */
export function median(numbers) {
  const sorted = [...numbers].sort((left, right) => left - right);
  if (sorted.length === 0) return null;
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** A duration as text: "0.21 s", "7.4 s", "84 s", "12 min". */
export function seconds(value) {
  if (value < 0.995) return `${Math.max(0, value).toFixed(2)} s`;
  if (value < 10) return `${value.toFixed(1)} s`;
  return value < 120 ? `${Math.round(value)} s` : `${Math.round(value / 60)} min`;
}

/**
 * The positions on a job's timeline, from 0 (accepted) to 1.
 *
 * @returns {{made: number, due: number | null, noticed: number | null, told: number | null,
 *   polls: {good: number[], bad: number[], last: number[]}}} `made` is the progress of the generation
 */
export function timelineOf(job, nowS) {
  const last = Math.max(job.told ?? nowS, job.due ?? 0, ...job.polls.map(([at]) => at));
  const span = Math.max(0.1, last - job.began) * MARGIN;
  const at = (moment) => (moment === null ? null : Math.min(1, Math.max(0, (moment - job.began) / span)));
  const polls = { good: [], bad: [], last: [] };
  for (const [moment, status, word] of job.polls) polls[kindOfPoll(status, word)].push(at(moment));
  return {
    made: at(Math.min(nowS, job.due ?? nowS)),
    due: at(job.due),
    noticed: at(job.noticed),
    told: at(job.told),
    polls,
  };
}

function kindOfPoll(status, word) {
  if (status !== 200) return 'bad';
  return FINAL.has(word) ? 'last' : 'good';
}

function isOver({ due, noticed }, nowS) {
  return noticed !== null || (due !== null && nowS >= due);
}

const KINDS = {
  submit: 'submit',
  poll: 'poll',
  audio: 'get audio',
  cover: 'get cover',
  other: 'unknown path',
};

/** A recorded request to Whisul in words: `{what, about, answer, isBad}`. */
export function requestWords({ kind, job_id: jobId, status, word }) {
  const answer = status === null ? 'no answer' : [status, word].filter(Boolean).join(' ');
  const isBad = status === null || status >= 400;
  return { what: KINDS[kind] ?? kind, about: jobId?.slice(0, 8) ?? '', answer, isBad };
}
