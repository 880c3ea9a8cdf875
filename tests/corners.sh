#!/usr/bin/env bash
# Runs the tests at both ends of what the bounds of the dependencies allow: with Python 3.11 and the
# oldest of each, and with a newer Python, whose path may be given, and the newest of each.
# It needs uv (`pip install uv`), which fetches a Python that is not there.
set -euo pipefail
cd "$(dirname "$0")/.."

corner() {
    uv run --isolated --no-project --python "$1" --resolution "$2" \
        --with "pip>=24" --with-requirements requirements.txt --with-editable ".[test]" \
        python -m pytest
}

corner 3.11 lowest-direct
corner "${1:-3.14}" highest
