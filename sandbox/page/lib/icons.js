// Line icons on a 24 x 24 grid, drawn with the colour of the text around them.

const SVG = 'http://www.w3.org/2000/svg';

const PATHS = {
  hash: 'M9 4 7 20M17 4l-2 16M4.5 9h16M3.5 15h16',
  thread: 'M5 4v7a4 4 0 0 0 4 4h10M15 11l4 4-4 4',
  message:
    'M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-5 4v-4.1A2.5 2.5 0 0 1 4 13.5z',
  group: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M15.5 4.3a3.5 3.5 0 0 1 0 6.4M18 14.6c2.2.8 3.5 2.8 3.5 5.4',
  bars: 'M4 10v4M8 7v10M12 4v16M16 8v8M20 10.5v3',
  help: 'M9 9a3 3 0 1 1 4.2 2.8c-.8.4-1.2.9-1.2 1.9M12 17.5v.1M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z',
  menu: 'M4 7h16M4 12h16M4 17h11',
  close: 'M6 6l12 12M18 6 6 18',
  send: 'M5 12h14M13 6l6 6-6 6',
  plus: 'M12 5v14M5 12h14',
  dots: 'M5.5 12h.1M12 12h.1M18.5 12h.1',
  chevron: 'M7 10l5 5 5-5',
  check: 'M5 13l4.5 4.5L19 7',
  reply: 'M20 18v-3a4 4 0 0 0-4-4H5M9 7l-4 4 4 4',
  down: 'M12 5v14M6 13l6 6 6-6',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  volume: 'M4 10v4h3.5L12 18V6L7.5 10zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11',
  muted: 'M4 10v4h3.5L12 18V6L7.5 10zM16 9.5l5 5M21 9.5l-5 5',
  out: 'M14 5h5v5M19 5l-8 8M18 14v3.5a1.5 1.5 0 0 1-1.5 1.5h-10A1.5 1.5 0 0 1 5 17.5v-10A1.5 1.5 0 0 1 6.5 6H10',
  file: 'M7 3.5h7l4 4v12a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1v-15a1 1 0 0 1 1-1zM13.5 4v4h4',
  role: 'M12 3.5 5 6v5.5c0 4.3 2.9 7.4 7 9 4.1-1.6 7-4.7 7-9V6z',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  slash: 'M15 5 9 19',
  app: 'M5 5h5v5H5zM14 5h5v5h-5zM5 14h5v5H5zM16.5 13.5v6M13.5 16.5h6',
  copy: 'M9 9h10v10H9zM5 15V5h10',
  contrast: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 4v16M12 8h6.9M12 12h8M12 16h6.9',
  sun:
    'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2' +
    'M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4',
  moon: 'M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z',
  sliders: 'M6 4v7M6 15v5M12 4v3M12 11v9M18 4v9M18 17v3M4 13h4M10 9h4M16 15h4',
  pulse: 'M3 12h4l2.5-7 5 14 2.5-7h4',
  power: 'M12 3.5v8M7.2 6.2a8 8 0 1 0 9.6 0',
  forward: 'M4 6l7 6-7 6zM13 6l7 6-7 6z',
  alert:
    'M12 8v5M12 16.5v.1M10.3 4.6 2.9 17.5A2 2 0 0 0 4.6 20.5h14.8a2 2 0 0 0 1.7-3L13.7 4.6a2 2 0 0 0-3.4 0z',
};

const SOLID = {
  play: 'M8 5.3v13.4a.8.8 0 0 0 1.2.7l10.6-6.7a.8.8 0 0 0 0-1.4L9.2 4.6A.8.8 0 0 0 8 5.3z',
  pause:
    'M7.5 5h2.5a.8.8 0 0 1 .8.8v12.4a.8.8 0 0 1-.8.8H7.5a.8.8 0 0 1-.8-.8V5.8a.8.8 0 0 1 .8-.8zM14 5h2.5a.8.8 0 0 1 .8.8v12.4a.8.8 0 0 1-.8.8H14a.8.8 0 0 1-.8-.8V5.8A.8.8 0 0 1 14 5z',
};

/**
 * A decorative icon, hidden from screen readers: its button carries the label.
 *
 * @param {keyof PATHS | keyof SOLID} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name] ?? SOLID[name]);
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', name in SOLID ? 'icon icon-solid' : 'icon');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(path);
  return svg;
}
