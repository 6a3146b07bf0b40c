# Two stages: the first installs the locked packages; the second contains only what runs. Python 3.11 is the version that
# docs/performance.md is measured with; it gets security fixes until October 2027.
FROM python:3.11-slim-bookworm AS packages

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements/run.txt requirements/run.txt
# The packages' own environment needs no pip: nothing is installed where the bot runs.
RUN python -m venv --without-pip /app/.venv \
    && pip --python /app/.venv/bin/python install --require-hashes --no-deps --requirement requirements/run.txt

FROM python:3.11-slim-bookworm

# tini is process 1: it forwards signals and reaps orphaned processes. A stable Debian has one version, so none is pinned.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin bot \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
# The bot writes to /data only; everything else may be mounted read-only.
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TMPDIR=/data \
    DATABASE_URL=sqlite+aiosqlite:////data/bot.db
WORKDIR /app
COPY --from=packages /app/.venv /app/.venv
COPY bot bot
COPY cogs cogs
# On a read-only root Python cannot write bytecode, and would compile every module at each start.
RUN python -m compileall -q bot cogs

USER 10001:10001
VOLUME /data
# The process handles SIGTERM itself and drains within 10 seconds.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s --retries=3 CMD ["python", "-m", "bot.ops.probe"]
ENTRYPOINT ["tini", "--", "python", "-m", "bot"]
CMD ["run"]
