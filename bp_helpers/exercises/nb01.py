"""The exercises of notebook 01."""

from __future__ import annotations

from bp_helpers.exercises.exercise import Exercise, WholePass

EXERCISES: tuple[Exercise | WholePass, ...] = ()
