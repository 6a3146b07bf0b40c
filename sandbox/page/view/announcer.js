// Tells screen readers what comes while one is busy elsewhere on the page.

const MAX_WAITING = 3;
const APART_MS = 900;

/** Speaks the session's news, one sentence after the other; of a crowd of news the newest are told. */
export class Announcer {
  #element = document.getElementById('announcer');
  #waiting = [];
  #isSpeaking = false;

  constructor({ session }) {
    session.addEventListener('heard', ({ detail }) => this.say(detail));
  }

  say(words) {
    this.#waiting = [...this.#waiting, words].slice(-MAX_WAITING);
    if (!this.#isSpeaking) this.#speakNext();
  }

  #speakNext() {
    const words = this.#waiting.shift();
    this.#isSpeaking = words !== undefined;
    if (!this.#isSpeaking) return;
    this.#element.textContent = words;
    setTimeout(() => this.#speakNext(), APART_MS);
  }
}
