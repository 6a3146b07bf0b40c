"""`python -m scripts.reference [--check]`."""

import argparse
import sys

from scripts.reference.pages import FOLDER, stale, written


def main() -> int:
    """Write the pages, or only compare them; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m scripts.reference", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a page is not current"
    )
    if not parser.parse_args().check:
        print("\n".join(f"{FOLDER.name}/{name}: written" for name in written()) or "all pages were current")
        return 0
    names = stale()
    print("\n".join(f"error: {FOLDER.name}/{name} is not current: run `make reference`" for name in names))
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
