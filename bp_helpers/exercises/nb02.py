"""The exercises of notebook 02."""

from __future__ import annotations

from bp_helpers.exercises.exercise import Exercise, WholePass

EXERCISES: tuple[Exercise | WholePass, ...] = ()
