// Delays redraws while a button is pressed.

/**
 * A version of `draw` that waits while the pointer, or the space bar, is pressed in `root`. A browser drops the click of
 * a button that was replaced between press and release, so the reader's action would be lost.
 *
 * @param {HTMLElement} root the element whose descendants `draw` replaces
 * @param {() => void} draw
 * @returns {() => void}
 */
export function betweenPresses(root, draw) {
  let isPressed = false;
  let isDue = false;
  const release = () => {
    isPressed = false;
    if (!isDue) return;
    isDue = false;
    draw();
  };
  /** The click follows the release in the same task. A press that ends in a menu or in another window has no release. */
  const press = (...releases) => {
    isPressed = true;
    const ended = new AbortController();
    const end = () => {
      ended.abort();
      setTimeout(release);
    };
    for (const name of [...releases, 'contextmenu', 'blur']) window.addEventListener(name, end, { signal: ended.signal });
  };
  root.addEventListener('pointerdown', ({ isPrimary, button }) => {
    if (isPrimary && button === 0) press('pointerup', 'pointercancel');
  });
  root.addEventListener('keydown', ({ key, repeat }) => {
    if (key === ' ' && !repeat) press('keyup');
  });
  return () => {
    if (isPressed) isDue = true;
    else draw();
  };
}
