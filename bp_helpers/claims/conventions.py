"""Under what the lines of the notes are meant: settings, which a note states, and conventions."""

from __future__ import annotations

from bp_helpers.claims.line import Convention, Setting

THREE_IN_A_ROW = Setting(
    "three layers of one neuron each, one sample",
    lambda trial: trial.sizes == (1, 1, 1, 1) and trial.m == 1,
)
ANY_CHAIN = Setting(
    "three layers of one neuron each, several samples",
    lambda trial: trial.sizes == (1, 1, 1, 1),
)
ONE_POINT = Setting("a single data point", lambda trial: trial.m == 1)
TWO_LAYERS = Setting("two layers", lambda trial: trial.L == 2)
THREE_LAYERS = Setting("three layers", lambda trial: trial.L == 3)
AT_LEAST_TWO = Setting("at least two layers", lambda trial: trial.L >= 2)
AT_LEAST_THREE = Setting("at least three layers", lambda trial: trial.L >= 3)
HIDDEN_POINT = Setting(
    "a hidden layer, a single data point", lambda trial: trial.m == 1 and trial.L >= 2
)

SQUARED = Convention("the cost has no ½", cost="squared")
HALF_LEFT_OUT = Convention("the constant ½ is left out", cost="squared")
MEAN_SQUARED = Convention("the cost is the mean over the outputs, without ½", cost="mean_squared")
ONE_SAMPLE = Convention("there is one sample", fits=lambda trial: trial.m == 1)
ONE_NEURON = Convention("each layer has one neuron", fits=lambda trial: max(trial.sizes) == 1)
SUMMED = Convention("an index on the right only is summed over", is_reading=True)
BY_ENTRIES = Convention("the product goes entry by entry", is_reading=True)
MEAN_INSIDE = Convention("Δz has the 1/m in it already", is_reading=True, stays=True)
SMALL_L = Convention("L is any layer l before the last", is_reading=True)
OTHERS_LEFT_OUT = Convention("terms that do not move are left out", is_reading=True)
OF_EACH_SAMPLE = Convention("J is the cost of each sample", is_reading=True)
SQUARED_COLUMN = Convention("the square of a column adds up its squares", is_reading=True)
