// The control room's first tab: the jobs, and every request that reached Whisul.

import { fill, h } from '../lib/dom.js';
import { STATE_WORDS, delayOf, timelineOf, median, requestWords, seconds, stateOf, summaryOf } from '../lib/jobs.js';
import { jobTimeline } from './job_timeline.js';

const TICK_MS = 200;

export class LiveJobs {
  #control;
  #figures = h('dl', { class: 'figures' });
  #jobs = h('ul', { class: 'jobs' });
  #count = h('summary', {});
  #requests = h('tbody', {});
  #log;
  #timer = null;

  element;

  /** @param {{control: import('../net/control.js').Control}} parts */
  constructor({ control }) {
    this.#control = control;
    const head = ['Time', 'Request', 'Song', 'Answer'].map((word) => h('th', { scope: 'col' }, word));
    const table = h('table', {}, h('thead', {}, h('tr', {}, head)), this.#requests);
    this.#log = h('details', { class: 'requests', on: { toggle: () => this.draw() } }, this.#count, table);
    this.element = h('div', { class: 'live' }, this.#figures, this.#jobs, legend(), this.#log);
  }

  /** Starts or stops redrawing, which is only needed while the tab is visible. */
  show(isShown) {
    clearInterval(this.#timer);
    this.#timer = isShown ? setInterval(() => this.#tick(), TICK_MS) : null;
    if (isShown) this.draw();
  }

  draw() {
    const { state } = this.#control;
    if (!state || !this.element.isConnected) return;
    const nowS = this.#control.nowS();
    const figures = figuresOf(state, nowS);
    fill(
      this.#figures,
      figures.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
    );
    fill(this.#jobs, state.jobs.length ? state.jobs.map((job) => jobView(job, nowS)) : nothing());
    this.#count.textContent = `Requests to Whisul (${state.request_count})`;
    if (this.#log.open) fill(this.#requests, state.requests.map((seen) => requestView(seen, nowS)));
  }

  /** Without a new state only unfinished jobs change with time. */
  #tick() {
    const { state } = this.#control;
    if (!state) return;
    const nowS = this.#control.nowS();
    state.jobs.forEach((job, at) => {
      if (job.told === null) this.#jobs.children[at]?.replaceWith(jobView(job, nowS));
    });
  }
}

function figuresOf({ jobs, job_count: count, request_count: requests }, nowS) {
  const making = jobs.filter((job) => stateOf(job, nowS) === 'making').length;
  const delay = median(jobs.filter(({ noticed }) => noticed !== null).map(delayOf));
  const looks = median(jobs.filter(({ noticed }) => noticed !== null).map(({ poll_count: polls }) => polls));
  return [
    ['In progress', making],
    ['Songs', count],
    ['Polls per song', looks ?? '–'],
    ['Detected after', delay === null ? '–' : seconds(delay)],
    ['Requests', requests],
  ];
}

function jobView(job, nowS) {
  const state = stateOf(job, nowS);
  const story = summaryOf(job, nowS).join(' · ');
  return h(
    'li',
    { class: `job is-${state}` },
    h(
      'div',
      { class: 'job-head' },
      h('span', { class: 'job-name', title: job.prompt }, job.prompt),
      h('span', { class: 'job-state' }, STATE_WORDS[state]),
    ),
    jobTimeline(timelineOf(job, nowS), `${STATE_WORDS[state]}: ${story}`),
    h('p', { class: 'job-story' }, h('code', {}, job.id.slice(0, 8)), ` ${story}`),
  );
}

function nothing() {
  return h('li', { class: 'jobs-none' }, 'No songs yet. Type /compose and watch it here.');
}

function legend() {
  const entries = [
    ['is-look', 'poll'],
    ['is-bad', 'failed poll'],
    ['is-gap', 'finished, not detected yet'],
    ['is-told', 'detected, not posted yet'],
  ];
  return h(
    'ul',
    { class: 'legend', 'aria-label': 'Legend' },
    entries.map(([name, words]) => h('li', {}, h('i', { class: name, 'aria-hidden': 'true' }), words)),
  );
}

function requestView(seen, nowS) {
  const { what, about, answer, isBad } = requestWords(seen);
  const moment = new Date(Date.now() - (nowS - seen.at) * 1000);
  return h(
    'tr',
    { class: isBad ? 'is-bad' : '' },
    h('td', {}, moment.toLocaleTimeString('en-GB')),
    h('td', {}, what),
    h('td', {}, about && h('code', {}, about)),
    h('td', {}, answer),
  );
}
