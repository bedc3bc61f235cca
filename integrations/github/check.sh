#!/usr/bin/env bash
# What the action runs: annotations and a summary for people, SARIF for code scanning, the exit code of the check.
set -euo pipefail

read -r -a paths <<<"${LAZARET_PATHS:-.}"
read -r -a arguments <<<"${LAZARET_ARGUMENTS:-}"
if [ -n "${LAZARET_BASE:-}" ]; then
  arguments+=(--base "$LAZARET_BASE")
fi

if [ -n "${LAZARET_SARIF:-}" ]; then
  # Its findings are told by the run below; only a file that could not be made matters here.
  lazaret check "${arguments[@]}" --exit-zero --format sarif -- "${paths[@]}" >"$LAZARET_SARIF" || true
fi

code=0
lazaret check "${arguments[@]}" --format github -- "${paths[@]}" || code=$?
if [ -n "${GITHUB_OUTPUT:-}" ]; then
  echo "code=$code" >>"$GITHUB_OUTPUT"
fi
exit "$code"
