# Two stages: the first installs the locked packages, the second holds only what runs.
FROM python:3.11-slim-bookworm AS packages

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements/run.txt requirements/run.txt
RUN python -m venv /app/.venv && /app/.venv/bin/pip install --require-hashes --no-deps -r requirements/run.txt

FROM python:3.11-slim-bookworm

# The bot writes to /data only; everything else may be mounted read-only.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin bot \
    && install --directory --owner=bot --group=bot --mode=0700 /data
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TMPDIR=/data \
    DATABASE_URL=sqlite+aiosqlite:////data/bot.db
WORKDIR /app
COPY --from=packages /app/.venv /app/.venv
COPY bot bot
COPY cogs cogs

USER bot
VOLUME /data
# The process handles SIGTERM itself and drains within 10 seconds.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8790/healthz', timeout=4)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
