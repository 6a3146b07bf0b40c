// On a narrow window the sidebar is a drawer that slides in on request.

const NARROW = '(max-width: 760px)';

export class Drawer {
  #places = document.getElementById('places');
  #scrim = document.getElementById('scrim');
  #opener = document.getElementById('drawer-open');
  #narrow = matchMedia(NARROW);

  constructor() {
    this.#opener.addEventListener('click', () => this.#set(true));
    this.#scrim.addEventListener('click', () => this.close());
    this.#places.addEventListener('keydown', (event) => event.key === 'Escape' && this.close());
    this.#narrow.addEventListener('change', () => this.#set(false));
    this.#set(false);
  }

  close() {
    if (!this.#places.classList.contains('is-open')) return;
    this.#set(false);
    this.#opener.focus();
  }

  #set(isOpen) {
    this.#places.classList.toggle('is-open', isOpen);
    this.#places.inert = this.#narrow.matches && !isOpen;
    this.#scrim.hidden = !isOpen;
    this.#opener.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) this.#places.querySelector('.is-current, button')?.focus();
  }
}
