"""Converts rows of `jobs` to jobs, and songs to column values: a song is stored in the row of its job."""

import math
from dataclasses import fields
from typing import Any

from sqlalchemy import RowMapping

from bot.domain.jobs import Job, Song
from bot.store.column_types import sanitize_text

_SONG_FIELDS = tuple(field.name for field in fields(Song))
_JOB_COLUMNS = {field.name: field.name for field in fields(Job) if field.name != "song"} | {"route": "rung"}
"""The column of each field; `rung` is the older name of `route`."""


def job_from_row(row: RowMapping) -> Job:
    """A job from a whole row of `jobs`."""
    song = Song(**{name: row[name] for name in _SONG_FIELDS}) if row["has_song"] else None
    return Job(song=song, **{name: row[column] for name, column in _JOB_COLUMNS.items()})


def song_values(song: Song) -> dict[str, Any]:
    """A song's column values; `search_text` has its words, to be appended to those of the prompt."""
    values = {name: getattr(song, name) for name in _SONG_FIELDS}
    values["bpm"] = _finite_or_none(song.bpm)
    values["duration_s"] = _finite_or_none(song.duration_s)
    words = "\n".join(["", song.title or "", *song.tags]).casefold()
    return {"has_song": True, "search_text": sanitize_text(words), **values}


def _finite_or_none(number: float | None) -> float | None:
    """None for NaN and infinities: as figures of a song they mean nothing, and only PostgreSQL would store NaN."""
    return number if number is not None and math.isfinite(number) else None
