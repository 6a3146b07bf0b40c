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
  root.addEventListener('pointerdown', ({ isPrimary, button }) => {
    isPressed = isPrimary && button === 0;
  });
  root.addEventListener('keydown', ({ key }) => {
    isPressed ||= key === ' ';
  });
  // The click follows the release in the same task. A press that ends in a menu or in another window has no release.
  for (const name of ['pointerup', 'pointercancel', 'keyup', 'contextmenu', 'blur'])
    window.addEventListener(name, () => isPressed && setTimeout(release));
  return () => {
    if (isPressed) isDue = true;
    else draw();
  };
}
