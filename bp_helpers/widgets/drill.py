"""Questions with fresh numbers, one after the other, and what is said to an answer."""

from __future__ import annotations

import numpy as np

from bp_helpers._html import Markup, element, join
from bp_helpers._validation import chosen, instance
from bp_helpers._validation import seed as check_seed
from bp_helpers.drawing.drilling import question_frame
from bp_helpers.drawing.page import Choice, deck
from bp_helpers.exercises.drills import DRILLS, Question, question
from bp_helpers.exercises.typed import OPEN, Judged
from bp_helpers.widgets.controls import button, part, row, text_box
from bp_helpers.widgets.panel import Panel

_TOGETHER = 6  # questions on one page
_SEEDS = 10_000  # from which one is drawn: short enough to be told to others


class Drill(Panel):
    """Compute on paper what a notebook teaches, with fresh numbers at each question.

    `notebook` is the number of a notebook that has a drill, as "05". The same `seed` gives the same
    questions to everybody; without one, one is drawn and shown. Raises ValueError for a notebook
    without a drill, and for a seed that is not a whole number of at least 0.
    """

    note = "Judging an answer, and questions after these, need a kernel: run this cell."

    def __init__(self, notebook: str, seed: int | None = None) -> None:
        chosen("notebook", notebook, DRILLS)
        given, drawn = check_seed(seed), int(np.random.default_rng().integers(_SEEDS))
        self.notebook, self.seed = notebook, drawn if given is None else given
        self._first = 1
        self._tried: set[int] = set()
        self._right: set[int] = set()
        super().__init__({"question": 0, "answer": "", "next": 0}, {})
        self._draw()
        self._begin()

    def __repr__(self) -> str:
        return f"Drill: notebook {self.notebook}, seed {self.seed}"

    @property
    def number(self) -> int:
        """The number of the question on show, from 1."""
        return self._first + int(self._values["question"])

    @property
    def question(self) -> Question:
        """The question on show."""
        return question(self.notebook, self.seed, self.number)

    def answer(self, text: str) -> Judged:
        """Answer the question on show, as if it had been typed; prints as what is said to it.

        Raises TypeError for what is no text.
        """
        self._values["answer"] = instance("text", text, str, 'the answer as typed, as "0.12"')
        judged = self._judge()
        self._send()
        return judged

    def _judge(self) -> Judged:
        judged = self.question.judge(self._values["answer"])
        if judged.mark != OPEN:
            self._tried.add(self.number)
        if judged.ok:
            self._right.add(self.number)
        self._say(str(judged))
        return judged

    def _begin(self) -> None:
        """Turn to the question on show, with nothing said of it."""
        self._values["answer"] = ""
        self._say("")

    def _say(self, sentence: str) -> None:
        self._parts["status"] = element("p", sentence) if sentence else Markup("")
        score = f"{len(self._right)} right of {len(self._tried)} tried"
        self._parts["score"] = element("span", score)

    def _go_on(self) -> None:
        """The next question, on a page of its own after the last one of a page."""
        if self._values["question"] < _TOGETHER - 1:
            self._values["question"] += 1
        else:
            self._first += _TOGETHER
            self._values["question"] = 0
            self._draw()
        self._begin()

    def _follow(self, name: str) -> None:
        {"answer": self._judge, "next": self._go_on, "question": self._begin}[name]()

    def _deck(self, stored: bool = False) -> Markup:
        numbers = range(self._first, self._first + _TOGETHER)
        frames = [
            question_frame(question(self.notebook, self.seed, n), n, self.seed, stored)
            for n in numbers
        ]
        choice = Choice("question", "question", [str(n) for n in numbers])
        return deck([choice], frames, [self._values["question"]])

    def _form(self) -> Markup:
        return join(
            part("deck"),
            row(
                text_box("answer", "your answer", "Check"),
                button("next", "Next", box="answer"),
                part("score"),
            ),
            part("status", role="status"),
        )
