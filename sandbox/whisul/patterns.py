"""Covers that show a pattern: beams, rings, shards, paper shapes, balls."""

import math

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from sandbox.whisul.canvas import Canvas, Draw, Points, disc, mixed
from sandbox.whisul.palettes import Colour


def rays(canvas: Canvas) -> None:
    """Beams from one point, with a ball of mirrors or a disc before them."""
    palette, rng = canvas.palette, canvas.rng
    x, y = rng.uniform(0.4, 0.6), rng.uniform(0.34, 0.42)
    angle = np.arctan2(canvas.y - y, canvas.x - x)
    far = np.hypot(canvas.x - x, canvas.y - y)
    count, turn = rng.randint(9, 15), rng.random() * math.tau
    beams = np.sin(angle * count + turn) > 0
    canvas.tint(beams * np.clip(0.62 - far * 0.55, 0.05, 1), palette.bottom)
    canvas.tint(np.clip(0.85 - far * 2.4, 0, 1), mixed(palette.bottom, palette.light, 0.5))
    radius = rng.uniform(0.17, 0.21)
    canvas.glow((x, y), radius * 2.2, palette.light, 0.55)
    _mirror_ball(canvas, x, y, radius)
    for _ in range(26):
        turn, reach = rng.random() * math.tau, rng.uniform(radius * 1.4, 0.75)
        spot = (x + math.cos(turn) * reach, y + math.sin(turn) * reach)
        size = rng.uniform(0.004, 0.014)
        canvas.shape(disc(*spot, size), rng.choice((palette.light, palette.accent)), rng.uniform(0.4, 0.9))


def _mirror_ball(canvas: Canvas, x: float, y: float, radius: float) -> None:
    palette, rng = canvas.palette, canvas.rng
    u, v = (canvas.x - x) / radius, (canvas.y - y) / radius
    inside = u**2 + v**2 < 1
    depth = np.sqrt(np.clip(1 - u**2 - v**2, 0, 1))
    latitude = np.floor((np.arcsin(np.clip(v, -1, 1)) / math.pi + 0.5) * 16)
    longitude = np.floor(np.arctan2(u, depth + 1e-6) / math.pi * 18 + 40)
    table = np.random.default_rng(rng.getrandbits(32)).random((32, 128), dtype=np.float32)
    sparkle = table[latitude.astype(int) % 32, longitude.astype(int) % 128]
    light = np.clip(0.25 + 0.75 * (-0.45 * u - 0.6 * v + 0.5 * depth), 0, 1) * (0.45 + 0.55 * sparkle)
    canvas.tint(np.where(inside, 1.0, 0.0), mixed(palette.top, palette.middle, 0.5))
    canvas.tint(np.where(inside, light, 0), palette.light)
    glints = np.where(inside & (sparkle > 0.93), 0.9, 0)  # noqa: PLR2004 - one mirror in fourteen
    canvas.tint(glints, palette.accent)


def rings(canvas: Canvas) -> None:
    """Rings of light, bent by a wave: a loudspeaker seen in a dream."""
    palette, rng = canvas.palette, canvas.rng
    x, y = 0.5 + rng.uniform(-0.06, 0.06), 0.42 + rng.uniform(-0.04, 0.04)
    canvas.glow((x, y), 0.55, palette.bottom, 0.9)
    lobes, turn = rng.randint(3, 7), rng.random() * math.tau

    def draw_ring(number: int) -> Draw:
        def draw(sheet: ImageDraw.ImageDraw, size: float) -> None:
            points: Points = []
            for step in range(361):
                angle = math.radians(step)
                wave = math.sin(angle * lobes + turn + number * 0.22) * 0.0022 * number
                radius = 0.05 + number * 0.017 + wave
                points.append(((x + math.cos(angle) * radius) * size, (y + math.sin(angle) * radius) * size))
            sheet.line(points, fill=max(40, 255 - number * 8), width=round(size * 0.0022), joint="curve")

        return draw

    for third in range(3):
        numbers = range(third * 9, third * 9 + 9)

        def draw_all(sheet: ImageDraw.ImageDraw, size: float, numbers: range = numbers) -> None:
            for number in numbers:
                draw_ring(number)(sheet, size)

        canvas.neon(draw_all, mixed(palette.light, palette.accent, third / 2), halo=0.006)
    canvas.glow((x, y), 0.12, palette.light, 0.9)


def shards(canvas: Canvas) -> None:
    """Broken planes that burst from one point."""
    palette, rng = canvas.palette, canvas.rng
    x, y = rng.uniform(0.4, 0.6), rng.uniform(0.34, 0.44)
    canvas.glow((x, y), 0.5, palette.bottom, 0.8)
    colours = (
        palette.bottom,
        palette.middle,
        palette.accent,
        palette.light,
        mixed(palette.top, (0, 0, 0), 0.4),
    )
    for number in range(46):
        angle, spread = rng.random() * math.tau, rng.uniform(0.02, 0.13)
        inner, outer = rng.uniform(0.04, 0.22), rng.uniform(0.3, 0.85)
        corners = [(angle, inner), (angle - spread, outer), (angle + spread, outer * rng.uniform(0.6, 1.0))]

        def draw(
            sheet: ImageDraw.ImageDraw, size: float, corners: list[tuple[float, float]] = corners
        ) -> None:
            points = [((x + math.cos(a) * r) * size, (y + math.sin(a) * r) * size) for a, r in corners]
            sheet.polygon(points, fill=255)

        canvas.shape(draw, rng.choices(colours, (4, 4, 1, 1, 5))[0], 0.55 + 0.4 * (number / 46))
    canvas.glow((x, y), 0.16, palette.light, 0.95)


def shapes(canvas: Canvas) -> None:
    """Circles, arcs and bars of paper, laid over each other as on an old record sleeve."""
    palette, rng = canvas.palette, canvas.rng
    paper = mixed(palette.light, palette.bottom, 0.12)
    canvas.tint(np.ones_like(canvas.x), paper)
    columns, rows = 5, 3
    inks = (palette.top, palette.middle, palette.bottom, palette.accent)
    for row in range(rows):
        for column in range(columns):
            ground, ink = rng.sample(inks, 2)
            _tile(canvas, column / columns, row / columns, 1 / columns, ground, ink, paper)
    foot = np.where(canvas.y >= rows / columns, 1, 0)
    canvas.tint(foot, mixed(palette.top, (0, 0, 0), 0.25))


def _tile(
    canvas: Canvas, x: float, y: float, side: float, ground: Colour, ink: Colour, paper: Colour
) -> None:
    rng = canvas.rng
    kind, corner = rng.randrange(5), (rng.randrange(2), rng.randrange(2))

    def square(sheet: ImageDraw.ImageDraw, size: float) -> None:
        sheet.rectangle((x * size, y * size, (x + side) * size - 1, (y + side) * size - 1), fill=255)

    def quarter(radius: float) -> Draw:
        def draw(sheet: ImageDraw.ImageDraw, size: float) -> None:
            disc(x + corner[0] * side, y + corner[1] * side, side * radius)(sheet, size)
            edge = Image.new("L", (round(size), round(size)), 0)
            square(ImageDraw.Draw(edge), size)
            sheet.bitmap((0, 0), ImageChops.invert(edge), fill=0)

        return draw

    canvas.shape(square, ground if kind != 4 else paper)  # noqa: PLR2004 - some tiles stay paper
    if kind in (0, 1):
        for number, radius in enumerate((1.0, 0.72, 0.44)[: 1 + 2 * kind]):
            canvas.shape(quarter(radius), (ink, paper, ground)[number])
    elif kind == 2:  # noqa: PLR2004 - one of five kinds
        canvas.shape(disc(x + side / 2, y + side / 2, side * 0.36), ink)
        canvas.shape(disc(x + side / 2, y + side / 2, side * 0.13), paper)
    else:

        def bars(sheet: ImageDraw.ImageDraw, size: float) -> None:
            for bar in range(6):
                height = side * rng.uniform(0.2, 0.9)
                left = x + side * (0.1 + bar * 0.14)
                box = (left, y + (side - height) / 2, left + side * 0.07, y + (side + height) / 2)
                sheet.rounded_rectangle([each * size for each in box], side * 0.035 * size, fill=255)

        canvas.shape(bars, ink)


def bubbles(canvas: Canvas) -> None:
    """Large soft balls of colour that float over each other."""
    palette, rng = canvas.palette, canvas.rng
    colours = (palette.top, palette.middle, palette.bottom, palette.accent, palette.light)
    for number in range(11):
        radius = rng.uniform(0.26, 0.36) if number < 3 else rng.uniform(0.04, 0.2)  # noqa: PLR2004 - a few large ones first
        x, y = rng.uniform(0.05, 0.95), rng.uniform(0.05, 0.7)
        one, other = rng.sample(colours, 2)
        canvas.glow((x + radius * 0.2, y + radius * 0.3), radius * 1.3, (0, 0, 0), 1)
        _ball(canvas, x, y, radius, one, other)


def _ball(canvas: Canvas, x: float, y: float, radius: float, one: Colour, other: Colour) -> None:
    u, v = (canvas.x - x) / radius, (canvas.y - y) / radius
    far = np.hypot(u, v)
    edge = np.clip((1 - far) * radius * canvas.size_px, 0, 1)
    shadow = np.exp(-(np.clip(np.hypot(u - 0.12, v - 0.22) - 0.85, 0, None) ** 2) * 14) * 0.3 * (far > 1)
    canvas.tint(shadow, mixed(canvas.palette.top, (0, 0, 0), 0.5))
    canvas.tint(edge, one)
    canvas.tint(edge * np.clip(0.5 + 0.55 * (u * 0.6 + v * 0.8), 0, 1), other)
    light = np.exp(-(((u + 0.38) ** 2 + (v + 0.42) ** 2) / 0.09)) * 0.75
    canvas.tint((edge * light), (255, 255, 255))
