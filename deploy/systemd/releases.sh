# Read by `upgrade` and `rollback`: releases of the bot side by side in /opt/whisul-bot, of which the link `current` names one.
# Tests set other folders.
home=${WHISUL_BOT_HOME:-/opt/whisul-bot}
state=${WHISUL_BOT_STATE:-/var/lib/whisul-bot}
env_file=${WHISUL_BOT_ENV:-/etc/whisul-bot/env}
units=${WHISUL_BOT_UNITS:-/etc/systemd/system}

say() { echo "==> $*" >&2; }

fail() {
  echo "error: $*" >&2
  exit 1
}

# A command of the bot in a release, with the settings and the user of the unit: bot RELEASE COMMAND ...
bot() {
  local release=$home/$1
  shift
  systemd-run --quiet --pipe --wait --collect \
    --property=DynamicUser=yes --property=User=whisul-bot --property=StateDirectory=whisul-bot \
    --property=EnvironmentFile="$env_file" --setenv=DATABASE_URL="sqlite+aiosqlite:///$state/bot.db" \
    --working-directory="$release" "$release/.venv/bin/python" -m bot "$@"
}

# Makes a release the current one in one step: at any moment there is one to start.
use() {
  ln --symbolic --force --no-dereference "$1" "$home/current.new"
  mv --no-target-directory "$home/current.new" "$home/current"
}

# Whether the settings name a database other than the file in the bot's folder.
has_own_database() { grep --quiet '^DATABASE_URL=' "$env_file"; }

# The copy of the database from before the first migration since a time, which `date_of_copies` has given; nothing without one.
copy_since() {
  find "$state/" -maxdepth 1 -name 'bot.db.at-*' | awk -F - -v since="$1" '$NF >= since { print $NF, $0 }' | sort | head -n 1 | cut -d ' ' -f 2-
}

date_of_copies() { date --utc +%Y%m%dT%H%M%S%6N; }
