"""References to jobs as people type them: a job ID, its first 8 characters, or `#` and a key."""

import re

from sqlalchemy import ColumnElement, func, or_

from bot.domain.jobs import SHORT_ID_CHARS
from bot.store.column_types import sanitize_text
from bot.store.tables import jobs

UUID_DIGITS = 32

_SHORT_ID = re.compile(rf"[0-9a-f]{{{SHORT_ID_CHARS}}}")
_KEY = re.compile(r"#([0-9]{1,18})")
_QUOTES = " \t\r\n\"'`<>()[]\u00ab\u00bb\u2018\u2019\u201a\u201c\u201d\u201e"
_AROUND = f"{_QUOTES}*_~|"
"""What people copy along with a reference, or put around it: white space, quotes, markdown."""


def normalize_job_id(job_id: str) -> str:
    """A job ID as references are compared: in lower case, without dashes."""
    return job_id.lower().replace("-", "")


def parse_key(reference: str) -> int | None:
    """The key in `#17`, None in anything else."""
    found = _KEY.fullmatch(reference)
    return int(found[1]) if found else None


def matches_reference(reference: str) -> ColumnElement[bool] | None:
    """The WHERE condition for jobs that a reference may mean, None when the text is no reference."""
    reference = sanitize_text(reference).strip()
    bare = reference.strip(_AROUND)
    if (key := parse_key(bare)) is not None:
        return jobs.c.key == key
    bare = bare.removeprefix("#")
    if _SHORT_ID.fullmatch(ref := normalize_job_id(bare)):
        # A range, for which both databases use the index; "g" sorts after every hexadecimal digit.
        has_prefix = (jobs.c.job_ref >= ref) & (jobs.c.job_ref < f"{ref}g")
        # Only UUIDs are found by their first characters: other IDs may all begin alike.
        return has_prefix & or_(func.length(jobs.c.job_ref) == UUID_DIGITS, jobs.c.job_ref == ref)
    # An ID that is no UUID may itself begin or end with characters that were stripped.
    whole = {ref, normalize_job_id(reference), normalize_job_id(reference.strip(_QUOTES))} - {""}
    return jobs.c.job_ref.in_(sorted(whole)) if whole else None
