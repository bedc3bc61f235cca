#!/usr/bin/env bash
# What the action runs: annotations and a summary for people, SARIF for code scanning, the exit code of the check.
set -euo pipefail

# Words of all lines; nothing in them is expanded.
set -f
# shellcheck disable=SC2086
set -- ${LAZARET_ARGUMENTS:-}
if [ -n "${LAZARET_BASE:-}" ]; then
  set -- "$@" --base "$LAZARET_BASE"
fi
paths=${LAZARET_PATHS:-.}

if [ -n "${LAZARET_SARIF:-}" ]; then
  # Its findings are told by the run below, and so is what it could not check.
  # shellcheck disable=SC2086
  lazaret check "$@" --exit-zero --format sarif -- $paths >"$LAZARET_SARIF" 2>/dev/null || true
  if [ ! -s "$LAZARET_SARIF" ]; then
    rm -f -- "$LAZARET_SARIF"
    echo "::warning title=lazaret check::no SARIF could be made; what follows says why"
  fi
fi

code=0
# shellcheck disable=SC2086
lazaret check "$@" --format github -- $paths || code=$?
if [ -n "${GITHUB_OUTPUT:-}" ]; then
  echo "code=$code" >>"$GITHUB_OUTPUT"
fi
exit "$code"
