"""The scenarios that record_engine_calls.py records, by the names of their recordings.

Few resources each. The first run makes what the later ones change.
"""

from importlib import import_module

from .declare import SCENARIOS

__all__ = ["SCENARIOS"]

for _file in (
    *("changes", "replacements", "order", "failures", "left_out"),
    *("kills", "without_program", "options", "states"),
):
    import_module(f".{_file}", __name__)
