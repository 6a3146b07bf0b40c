"""Rows into models and back: the only place that knows how a song lies flat in its job's row."""

import math
from dataclasses import fields
from typing import Any

from sqlalchemy import RowMapping

from bot.domain.jobs import Job, Song
from bot.store.column_types import sanitize_text

_SONG_FIELDS = tuple(field.name for field in fields(Song))
_JOB_FIELDS = tuple(field.name for field in fields(Job) if field.name != "song")


def job_from_row(row: RowMapping) -> Job:
    """The job in a whole row of `jobs`."""
    song = Song(**{name: row[name] for name in _SONG_FIELDS}) if row["has_song"] else None
    return Job(song=song, **{name: row[name] for name in _JOB_FIELDS})


def song_values(song: Song) -> dict[str, Any]:
    """What a song puts into its job's row, by column; into `search_text` these words besides those that are there."""
    values = {name: getattr(song, name) for name in _SONG_FIELDS}
    values["bpm"] = _finite(song.bpm)
    values["duration_s"] = _finite(song.duration_s)
    words = "\n".join(["", song.title or "", *song.tags]).casefold()
    return {"has_song": True, "search_text": sanitize_text(words), **values}


def _finite(number: float | None) -> float | None:
    """SQLite turns NaN into NULL and PostgreSQL keeps it; neither it nor an infinity means anything here."""
    return number if number is not None and math.isfinite(number) else None
