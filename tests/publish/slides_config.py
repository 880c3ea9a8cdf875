"""For `jupyter nbconvert --to slides --config tests/publish/slides_config.py NOTEBOOK`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from slides import settings

get_config().merge(settings())  # type: ignore[name-defined]  # noqa: F821
