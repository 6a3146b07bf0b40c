// The timeline of a job as SVG: its progress, each poll, and the delay from its end to the poll that noticed it.

const SVG = 'http://www.w3.org/2000/svg';
const WIDE = 1000;
const HIGH = 36;

/**
 * The SVG of a `timelineOf`.
 *
 * @param {ReturnType<import('../lib/jobs.js').timelineOf>} line
 * @param {string} words the text alternative
 */
export function jobTimeline(line, words) {
  const { made, due, noticed, told, polls } = line;
  const end = noticed ?? made;
  const frame = { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: 'none' };
  return shape(
    'svg',
    { class: 'line', ...frame, role: 'img', 'aria-label': words },
    bar('line-ground', 0, 1),
    bar('line-made', 0, made),
    due !== null && due <= end && bar('line-gap', due, end),
    told !== null && bar('line-told', noticed, told),
    ticks('line-due', due === null ? [] : [due], 4, HIGH - 4),
    ticks('line-look', polls.good, 11, HIGH - 11),
    ticks('line-look is-bad', polls.bad, 6, HIGH - 6),
    ticks('line-look is-last', polls.last.slice(0, 1), 2, HIGH - 2),
  );
}

function bar(name, from, to) {
  const props = { class: name, x: from * WIDE, width: Math.max(0, to - from) * WIDE, y: HIGH / 2 - 3, height: 6 };
  return shape('rect', props);
}

function ticks(name, places, top, bottom) {
  if (places.length === 0) return null;
  const d = places.map((place) => `M${(place * WIDE).toFixed(1)} ${top}V${bottom}`).join('');
  return shape('path', { class: name, d, 'vector-effect': 'non-scaling-stroke' });
}

function shape(tag, props, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) element.setAttribute(name, value);
  element.append(...children.filter(Boolean));
  return element;
}
