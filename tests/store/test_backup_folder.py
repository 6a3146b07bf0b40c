"""Which dated backups are kept."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from bot.store import add_backup, newest_backup
from bot.store.backup_folder import DAILY, MONTHLY, WEEKLY, kept

NEWEST = datetime(2026, 11, 30, 3, 17, tzinfo=UTC)


def test_the_newest_of_each_of_the_last_days_weeks_and_months_are_kept() -> None:
    twice_a_day = [NEWEST - timedelta(hours=12 * number) for number in range(2 * 500)]
    left = sorted(kept(twice_a_day), reverse=True)
    assert {moment.date() for moment in left[:DAILY]} == {
        (NEWEST - timedelta(days=n)).date() for n in range(DAILY)
    }
    # Of the weeks before those days, the last of each Sunday.
    assert set(left) >= {datetime(2026, 11, day, 15, 17, tzinfo=UTC) for day in (29, 22, 15)}
    assert len({(moment.year, moment.month) for moment in left}) == MONTHLY
    assert len(left) <= DAILY + WEEKLY + MONTHLY


def test_a_daily_run_over_two_years_keeps_at_most_23() -> None:
    there: set[datetime] = set()
    for day in range(730):
        there = kept({*there, NEWEST + timedelta(days=day)})
    assert len(there) <= DAILY + WEEKLY + MONTHLY
    assert len({(moment.year, moment.month) for moment in there}) == MONTHLY


def test_other_files_in_the_folder_are_left_alone(migrated_file: Path, tmp_path: Path) -> None:
    url = SecretStr(f"sqlite+aiosqlite:///{migrated_file}")
    folder = tmp_path / "backups"
    assert newest_backup(folder) is None
    for number in range(9):
        target, size_bytes = add_backup(url, folder, now=NEWEST + timedelta(hours=number))
        (folder / "letter.txt").write_text("Dear Ada", encoding="utf-8")
        assert target.stat().st_size == size_bytes
    assert newest_backup(folder) == NEWEST + timedelta(hours=8)
    assert sorted(path.name for path in folder.iterdir()) == ["letter.txt", "whisul-bot-20261130T111700Z.db"]
