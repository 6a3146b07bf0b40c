// The audio player: play, seek on the waveform, volume, download.

import { h } from '../lib/dom.js';
import { icon } from '../lib/icons.js';
import { fileSize } from '../lib/file_size.js';
import { clock } from '../lib/time.js';
import { safeUrl } from '../lib/urls.js';
import { barsPath, measure } from './waveform.js';

const SVG = 'http://www.w3.org/2000/svg';
const VOLUME_KEY = 'volume';
const STEP_S = 5;
const LARGE_STEP_S = 30;
const KEYS = {
  ArrowRight: STEP_S,
  ArrowUp: STEP_S,
  ArrowLeft: -STEP_S,
  ArrowDown: -STEP_S,
  PageUp: LARGE_STEP_S,
  PageDown: -LARGE_STEP_S,
};
const FLAT = Array.from({ length: 96 }, () => 0.08);

/** All audio players: each attachment keeps its player when its message is re-rendered, and only one plays. */
export class Players {
  #elements = new Map();
  #current = null;
  #queue = Promise.resolve();

  /** The player of an attachment; null if its address is unsafe. */
  elementFor(attachment) {
    const address = safeUrl(attachment.url);
    if (address === null) return null;
    const key = `${attachment.id} ${address}`;
    if (!this.#elements.has(key)) this.#elements.set(key, new Player(attachment, address, this).element);
    return this.#elements.get(key);
  }

  /** Pauses any other audio. */
  makeCurrent(audio) {
    if (this.#current !== audio) this.#current?.pause();
    this.#current = audio;
  }

  /** Runs `work` after all earlier work, so that only one file is decoded at a time; null if it fails. */
  enqueue(work) {
    this.#queue = this.#queue.then(work).catch(() => null);
    return this.#queue;
  }
}

class Player {
  #players;
  #audio;
  #play;
  #seek;
  #time;
  #mute;
  #wave;

  constructor(attachment, address, players) {
    this.#players = players;
    this.#audio = h('audio', { src: address, preload: 'metadata' });
    this.#audio.volume = Number(sessionStorage.getItem(VOLUME_KEY) ?? 0.8);
    this.#play = h('button', { type: 'button', class: 'player-play', 'aria-label': 'Play' }, icon('play'));
    this.#seek = h('input', {
      type: 'range',
      class: 'player-range',
      min: 0,
      max: 1000,
      value: 0,
      step: 1,
      'aria-label': `Position in ${attachment.title ?? attachment.filename}`,
    });
    this.#time = h('span', { class: 'player-time' }, '0:00');
    this.#mute = h(
      'button',
      { type: 'button', class: 'player-button', 'aria-label': 'Mute', 'aria-pressed': 'false' },
      icon('volume'),
    );
    this.#wave = waveform();
    this.element = this.#assemble(attachment, address);
    this.#listen();
    this.#measureWhenSeen(address, attachment.size ?? 0);
  }

  #assemble(attachment, address) {
    const volume = h('input', {
      type: 'range',
      class: 'player-volume',
      min: 0,
      max: 100,
      value: Math.round(this.#audio.volume * 100),
      'aria-label': 'Volume',
    });
    volume.addEventListener('input', () => this.#setVolume(volume.valueAsNumber / 100));
    const name = attachment.title ?? attachment.filename;
    const download = h(
      'a',
      {
        class: 'player-button',
        href: address,
        download: attachment.filename,
        title: 'Download',
        'aria-label': `Download ${attachment.filename}`,
      },
      icon('download'),
    );
    return h(
      'div',
      {
        class: 'player',
        role: 'group',
        'aria-label': `Audio: ${name}`,
        vars: { volume: this.#audio.volume },
      },
      this.#audio,
      this.#play,
      h(
        'div',
        { class: 'player-main' },
        h(
          'div',
          { class: 'player-head' },
          h('span', { class: 'player-name', title: name }, name),
          h('span', { class: 'player-size' }, fileSize(attachment.size)),
        ),
        h('div', { class: 'player-track' }, this.#wave.element, this.#seek),
        h(
          'div',
          { class: 'player-foot' },
          this.#time,
          h('span', { class: 'player-tools' }, this.#mute, volume, download),
        ),
      ),
    );
  }

  #listen() {
    const audio = this.#audio;
    this.#play.addEventListener('click', () => (audio.paused ? this.#start() : audio.pause()));
    this.#seek.addEventListener('input', () => this.#seekTo(this.#seek.valueAsNumber / 1000));
    this.#seek.addEventListener('keydown', (event) => this.#keyOnSeek(event));
    this.#mute.addEventListener('click', () => this.#setMuted(!audio.muted));
    for (const name of ['timeupdate', 'durationchange', 'seeked', 'ended'])
      audio.addEventListener(name, () => this.#showTime());
    audio.addEventListener('play', () => this.#animatePosition());
    for (const name of ['play', 'pause', 'ended']) audio.addEventListener(name, () => this.#showState());
    audio.addEventListener('error', () => this.#showError());
  }

  #start() {
    this.#players.makeCurrent(this.#audio);
    this.#audio.play().catch(() => this.#showState());
  }

  /** Updates the position in every frame while playing; `timeupdate` fires only about four times a second. */
  #animatePosition() {
    this.#showTime();
    if (!this.#audio.paused) requestAnimationFrame(() => this.#animatePosition());
  }

  /** Keys seek in seconds, as in other players; Home and End keep the slider's behaviour. */
  #keyOnSeek(event) {
    const { currentTime, duration } = this.#audio;
    if (event.key === ' ') this.#play.click();
    else if (event.key in KEYS && duration > 0) this.#seekTo(clamp((currentTime + KEYS[event.key]) / duration));
    else return;
    event.preventDefault();
  }

  #seekTo(share) {
    if (!Number.isFinite(this.#audio.duration)) return;
    this.#audio.currentTime = share * this.#audio.duration;
    this.#showTime();
  }

  #setVolume(volume) {
    this.#audio.volume = volume;
    sessionStorage.setItem(VOLUME_KEY, String(volume));
    this.#setMuted(volume === 0);
    this.element.style.setProperty('--volume', String(volume));
  }

  #setMuted(isMuted) {
    this.#audio.muted = isMuted;
    this.#mute.setAttribute('aria-pressed', String(isMuted));
    this.#mute.setAttribute('aria-label', isMuted ? 'Unmute' : 'Mute');
    this.#mute.replaceChildren(icon(isMuted ? 'muted' : 'volume'));
  }

  #showTime() {
    const { currentTime, duration } = this.#audio;
    const share = Number.isFinite(duration) && duration > 0 ? currentTime / duration : 0;
    const words = `${clock(currentTime)} / ${clock(duration)}`;
    this.element.style.setProperty('--played', String(share));
    this.#seek.value = String(Math.round(share * 1000));
    this.#seek.setAttribute('aria-valuetext', words.replace('/', 'of'));
    if (this.#time.textContent !== words) this.#time.textContent = words;
  }

  #showState() {
    const isPlaying = !this.#audio.paused && !this.#audio.ended;
    this.element.classList.toggle('is-playing', isPlaying);
    this.#play.setAttribute('aria-label', isPlaying ? 'Pause' : 'Play');
    this.#play.replaceChildren(icon(isPlaying ? 'pause' : 'play'));
  }

  #showError() {
    this.element.classList.add('is-broken');
    this.#play.disabled = true;
    this.#time.textContent = 'Can’t play this file';
  }

  #showWave(levels) {
    this.#wave.show(levels);
    this.element.classList.add('is-measured');
  }

  /** Measures the waveform once the player is visible; if it is no longer when its turn comes, it is retried later. */
  #measureWhenSeen(address, sizeBytes) {
    let isSeen = false;
    let isWaiting = false;
    const observer = new IntersectionObserver(async (entries) => {
      isSeen = entries.at(-1).isIntersecting;
      if (!isSeen || isWaiting) return;
      isWaiting = true;
      const levels = await this.#players.enqueue(() => isSeen && measure(address, sizeBytes));
      isWaiting = false;
      if (levels) this.#showWave(levels);
      if (levels !== false) observer.disconnect();
    });
    observer.observe(this.element);
  }
}

function clamp(share) {
  return Math.min(1, Math.max(0, share));
}

/** The waveform in two layers: dim, and bright up to the played position. */
function waveform() {
  const layers = ['wave', 'wave wave-played'].map((name) => {
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('class', name);
    svg.setAttribute('viewBox', '0 0 96 24');
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.append(document.createElementNS(SVG, 'path'));
    return svg;
  });
  const show = (levels) => layers.forEach((svg) => svg.firstChild.setAttribute('d', barsPath(levels)));
  show(FLAT);
  return { element: h('div', { class: 'waves', 'aria-hidden': 'true' }, layers), show };
}
