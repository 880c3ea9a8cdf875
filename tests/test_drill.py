"""The drills: right answers are right, wrong ones are not, and a slip is told where it is sure."""

import re
from functools import cache
from math import floor, log10

import numpy as np
import pytest
from pages import assert_steps_by_itself, assert_well_formed, frames_of, live_frames

from bp_helpers import Drill, Network, backpropagate, forward
from bp_helpers.drawing.drilling import question_frame
from bp_helpers.exercises.drills import DRILLS, question
from bp_helpers.exercises.typed import OPEN, WRONG, judged
from bp_helpers.slips import SLIPS, gradient_with, run_with
from bp_helpers.steps.notations import written_pass
from bp_helpers.steps.step import Quantity

SEEDS = range(200)
each_drill = pytest.mark.parametrize("notebook", DRILLS)


@cache
def questions(notebook):
    """Each kind of question of a drill, with every seed."""
    numbers = range(1, len(DRILLS[notebook]) + 1)
    return [question(notebook, seed, number) for seed in SEEDS for number in numbers]


def with_numbers(notebook):
    return [q for q in questions(notebook) if not isinstance(q.value, tuple)]


def computed(notebook):
    return [q for q in with_numbers(notebook) if q.run]


def written(value, digits):
    """A number to so many digits that count, its zeros at the end too."""
    decimals = digits - 1 - floor(log10(abs(value)))
    text = f"{value:.{max(0, decimals)}f}"
    # 0.996 to two digits is 1.0, and not 1.00.
    return text if abs(float(text)) < 10.0 ** (digits - decimals) or not decimals else text[:-1]


def rounds_to(value, text):
    """Whether a value may be rounded to what is written, of which a tie has two ways."""
    return abs(float(text) - value) <= 0.5000001 * 10.0 ** -len(text.partition(".")[2])


# What is asked


@each_drill
def test_a_right_answer_is_right_to_two_digits_and_more(notebook):
    for q in questions(notebook):
        if isinstance(q.value, tuple):
            rows, columns = q.value
            texts = [f"({rows}, {columns})", f"{rows}x{columns}", f"{rows} by {columns}"]
        else:
            texts = [written(q.value, digits) for digits in (2, 3, 4)]
            texts += [text.replace(".", ",").replace("-", "−") for text in texts]
        assert all(q.judge(text).ok for text in texts), (q.ask, q.value, texts)


@each_drill
def test_a_wrong_answer_is_never_right(notebook):
    rng = np.random.default_rng(0)
    for q in with_numbers(notebook):
        for digits in (1, 2, 3, 4):
            wrong = written(q.value * rng.uniform(-3, 3), digits)
            if not rounds_to(q.value, wrong):
                assert q.judge(wrong).mark == WRONG, (q.value, wrong)
        for factor in (-1, 10, 0.1, 2, 0.5, 1.06, 0.94):
            assert q.judge(written(factor * q.value, 3)).mark == WRONG


def quantity(asked):
    """The array that is asked for, as the gradient has it: its name, layer and place."""
    name, layer, place = re.fullmatch(r"(\w+)\[(\d)\](?:\[([\d, ]+)\])?", asked).groups()
    return name, int(layer), tuple(map(int, (place or "0, 0").split(", ")))


@each_drill
def test_the_answer_is_that_of_the_package(notebook):
    for q in computed(notebook):
        grads, (name, l, place) = backpropagate(q.run.net, q.run.x, q.run.y), quantity(q.asked)
        if name == "dC_da":
            way = "chain" if max(q.run.net.sizes) == 1 else "index"
            arrays = {l: written_pass(q.run.net, q.run.x, q.run.y, way).value(Quantity(name, l))}
        else:
            arrays = {"delta": grads.delta, "dC_dw": grads.W, "dC_db": grads.b}[name]
        assert q.value == pytest.approx(arrays[l][place], rel=1e-9)


@each_drill
def test_what_is_given_is_enough_and_short(notebook):
    """The line needs nothing but arrays that are given, each with two decimals at most."""
    for q in computed(notebook):
        run = q.run
        names = {"a": run.a, "W": run.net.W, "delta": run.delta, "y": run.y, "z": run.z, "m": run.m}
        names |= {"dsigma": run.net.sigma[1].slope}
        given = [text for row in q.given for text in row if " = " not in text]
        for text in given:
            array = eval(text, {**names})
            np.testing.assert_allclose(array, np.round(array, 2), atol=1e-12)
        needed = re.findall(r"a\[\d\]|W\[\d\]|delta\[\d\]|dsigma\(z\[\d\]|\by\b", q.line)
        assert needed
        assert {f"{text})" if text.startswith("ds") else text for text in needed} <= set(given)
        assert np.ravel(eval(q.line, {**names})) == pytest.approx([q.value], rel=1e-9)
        np.testing.assert_allclose(forward(run.net, run.x).a[2], run.a[2], rtol=1e-12)


def test_shapes_are_those_of_a_network_of_these_sizes():
    for q in questions("06"):
        if isinstance(q.value, tuple):
            n0, n1, n2, m = map(int, re.findall(r"\d+", q.ask))
            assert len({n0, n1, n2, m}) == 4
            net = Network.random([n0, n1, n2], seed=1)
            grads = backpropagate(net, np.ones((n0, m)), np.ones((n2, m)))
            name, l, _ = quantity(q.asked)
            arrays = {"delta": grads.delta, "dW": grads.W, "db": grads.b}[name]
            assert q.value == arrays[l].shape


def test_divisions_by_m_are_undone_by_the_number_asked_for():
    by_key = {slip.key: slip for slip in SLIPS}
    rng = np.random.default_rng(0)
    seen = set()
    for q in with_numbers("06"):
        if q.run:
            continue
        m, l = int(re.search(r"m = (\d)", q.ask)[1]), "⁰¹²".index(re.search("W⁽(.)⁾", q.ask)[1])
        slips = ["bp4-with-sum"] * ("the sum" in q.ask)
        slips += ["bp1-by-samples"] * ("δ⁽²⁾ by m" in q.ask)
        slips += ["bp2-by-samples"] * ("δ⁽¹⁾ by m too" in q.ask)
        net, x, y = Network.random([2, 3, 2], seed=0), rng.random((2, m)), rng.random((2, m))
        theirs, right = (
            run_with(tuple(by_key[key] for key in keys), net, x, y).dW[l] for keys in (slips, ())
        )
        np.testing.assert_allclose(q.value * theirs, right, rtol=1e-9)
        seen.add((l, *slips))
    assert len(seen) == 2 * 5


# Slips


def told(judgement):
    """The slip that is told of a wrong answer, or nothing."""
    return judgement.says.partition("This would give it: ")[2]


@each_drill
def test_a_slip_is_told_where_it_alone_gives_the_number(notebook):
    heard = set()
    for q in with_numbers(notebook):
        for value in (value for value, _ in q.slips if abs(value) > 1e-9):  # the others cancel
            for digits in (2, 3, 4):
                text = written(value, digits)
                says = {says for other, says in q.slips if rounds_to(other, text)}
                judgement = q.judge(text)
                assert judgement.mark == WRONG, (q.ask, text)
                assert told(judgement) == (says.pop() if len(says) == 1 else "")
                heard.add(told(judgement))
    possible = {says for q in with_numbers(notebook) for _, says in q.slips}
    assert len(possible & heard) > 0.8 * len(possible)  # the others always have company
    assert all(any(part in says for says in heard) for part in HEARD[notebook])
    assert not any(part in says for says in possible for part in NOT_ON_PAPER)


# Parts of sentences: some that should be told now and then, and what needs more than what is given.
HEARD = {
    "02": ["σ′ of the output", "its activation", "behind the weight", "as it is",
           "of the neuron itself", "the target is missing", "brackets"],
    "03": ["one path only", "the indices of the weights", "of the neuron itself", "neuron 0 is"],
    "05": ["BP1 lacks σ′", "BP2 multiplies by W:", "BP2 follows one neuron", "own layer", "1 is"],
    "06": ["BP3 takes the sum", "BP3 takes the first sample", "BP4 takes the sum", "two means",
           "turned over", "undone", "overlooked"],
}  # fmt: skip
NOT_ON_PAPER = ["slope at a", "inverse", "takes z of", "adds the bias"]


@pytest.mark.parametrize("notebook", ["05", "06"])
def test_what_a_slip_gives_is_what_it_gives_in_a_whole_pass(notebook):
    by_sentence = {slip.says: slip for slip in SLIPS}
    for q in computed(notebook)[:150]:
        name, l, place = quantity(q.asked)
        for value, says in q.slips:
            if says in by_sentence:
                dW, db = gradient_with((by_sentence[says],), q.run.net, q.run.x, q.run.y)
                array = (dW if name == "dC_dw" else db)[l - 1]
                assert value == pytest.approx(float(array[place]), rel=1e-9)


def test_for_a_chain_a_slip_gives_what_its_sentence_says():
    """Each factor by itself, from what is given."""
    for q in questions("02"):
        slips = {says: value for value, says in q.slips}
        (name, l, _), a, slope = quantity(q.asked), q.run.a, q.run.net.sigma[1].slope
        missing = slips["σ′ of the output is missing."]
        assert missing * slope(q.run.z[3]) == pytest.approx(q.value)
        if name == "dC_dw":
            own = next(value for says, value in slips.items() if "behind the weight" in says)
            assert own * a[l - 1] == pytest.approx(q.value * a[l].item())
        if name == "dC_da":
            slip = next(value for says, value in slips.items() if "of the neuron itself" in says)
            assert slip == pytest.approx(q.value * slope(q.run.z[l]).item())
            found = [value for value, says in q.slips if "with its activation" in says]
            assert found == pytest.approx([missing * a[3].item()])  # a has no slope of its own


@each_drill
def test_a_number_by_chance_is_seldom_taken_for_a_slip(notebook):
    rng = np.random.default_rng(1)
    for digits, most in ((2, 0.09), (3, 0.02)):
        found = [
            told(q.judge(written(q.value * rng.uniform(0.2, 3), digits)))
            for q in computed(notebook)
            for _ in range(3)
        ]
        assert np.mean([bool(says) for says in found]) < most


def test_notebooks_without_names_for_the_rules_are_not_told_them():
    for notebook in ("02", "03"):
        for q in questions(notebook):
            assert not any(re.search(r"BP\d|δ", says) for _, says in q.slips)


# What is typed


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.083", 0.0828), ("0,083", 0.0828), (".0828", 0.0828), (" 8.3e-2 ", 0.0828),
        ("8.3E−2", 0.0828), ("-.08", -0.08), ("−0.080", -0.0799), ("+0.25", 0.25),
        ("1/3", 1 / 3), ("−1 / 8", -0.125), ("1/-8", -0.125), ("0.5/4", 0.125), ("3e-2", 0.03),
        ("4", 4.0), ("4.", 4.0), ("0.1", 0.1), ("0.10", 0.0953), ("0.0825", 0.0825),
        ("0.083", 0.0825), ("0.082", 0.0825), ("12", 12.4),
    ],
)  # fmt: skip
def test_a_number_can_be_typed_in_many_ways(text, value):
    assert judged(text, value, ()).ok


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.08", 0.0828), ("0.1", 0.0828), ("1", 0.6), ("8e-2", 0.0828), ("-0.3", -0.25)],
)
def test_a_single_digit_is_right_so_far(text, value):
    judgement = judged(text, value, [(value, "never told")])
    assert judgement.mark == OPEN and "so far" in str(judgement)


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "1/0", "1/2/3", "0.1.2", "1,000.5", "--1", "1e", "e5", "nan", "inf", "1e999",
     "0x10", "١", "(3, 1)", "1/", "<b>", "9" * 400, "1" + "0" * 320 + "/2", "1_0", "½", "a" * 500],
)  # fmt: skip
def test_what_is_no_number_is_told_as_that(text):
    judgement = judged(text, 0.5, [(0.5, "never told")])
    assert judgement.mark == OPEN and " is no number. Write it as " in judgement.says
    assert len(judgement.says) < 150 and "0.5" not in judgement.says.replace("1,000.5", "")


@pytest.mark.parametrize(
    ("text", "shape"),
    [("(3, 1)", (3, 1)), ("3x1", (3, 1)), ("3 by 1", (3, 1)), ("3 × 1", (3, 1)), ("3,1", (3, 1)),
     ("[3, 1]", (3, 1)), ("3 1", (3, 1)), ("3X12", (3, 12)), ("(3,)", (3,)), ("2,3,4", (2, 3, 4))],
)  # fmt: skip
def test_a_shape_can_be_typed_in_many_ways(text, shape):
    assert judged(text, shape, ()).ok
    assert judged(text, (5, 7), ()).mark == WRONG


@pytest.mark.parametrize("text", ["", "3", "abc", "(3, -1)", "3.5 x 1", "(,)", "n x m", "99999x1"])
def test_what_is_no_shape_is_told_as_that(text):
    judgement = judged(text, (3, 1), ())
    assert judgement.mark == OPEN and "is no shape" in judgement.says


@pytest.mark.parametrize(
    ("text", "right", "hint"),
    [
        ("-0.083", 0.0828, "sign is turned"), ("0.83", 0.0828, "point"), ("8.3", 0.0828, "point"),
        ("0.0083", 0.0828, "point"), ("0.4", 0.04, "point"), ("0.084", 0.0828, "close"),
        ("0.081", 0.0828, "close"), ("0.09", 0.0828, ""), ("0", 0.0828, ""), ("0.0", 0.04, ""),
        ("-0.83", 0.0828, ""), ("0.4", 0.0428, ""), ("9.5e-2", 0.0828, ""), ("1/2", 5.0, ""),
        ("(1, 3)", (3, 1), "changed places"), ("(3,)", (3, 1), "two numbers"), ("3x2", (3, 1), ""),
    ],
)  # fmt: skip
def test_only_what_is_sure_is_hinted(text, right, hint):
    judgement = judged(text, right, ())
    assert judgement.mark == WRONG
    assert hint in judgement.says if hint else judgement.says.endswith("not right yet.")


def test_several_slips_that_give_a_number_are_none():
    slips = [(0.5, "one."), (0.52, "two."), (0.7, "three."), (0.7, "three."), (0.9, "")]
    told_of = {text: told(judged(text, 0.1, slips)) for text in ("0.50", "0.5", "0.52", "0.70")}
    assert told_of == {"0.50": "one.", "0.5": "one.", "0.52": "two.", "0.70": "three."}
    assert told(judged("0.51", 0.1, [(0.51, "one."), (0.512, "two.")])) == ""
    assert told(judged("0.9", 0.1, slips)) == "" == told(judged("0.90", 0.1, slips))


# The sequence, and the widget


@each_drill
def test_a_seed_gives_everybody_the_same_questions(notebook):
    first, second = Drill(notebook, seed=5), Drill(notebook, seed=5)
    assert first.still() == second.still() and repr(first) == repr(second)
    assert first.still() != Drill(notebook, seed=6).still()
    asked = {question(notebook, 5, n).judge("1").says + str(question(notebook, 5, n).value)
             for n in range(1, 25)}  # fmt: skip
    assert len(asked) > 12


def test_without_a_seed_one_is_drawn_and_shown():
    drills = [Drill("05") for _ in range(5)]
    assert len({drill.seed for drill in drills}) > 1
    for drill in drills:
        assert f"seed {drill.seed}" in repr(drill)
        assert f"Question 1, seed {drill.seed}" in drill.still()
        assert Drill("05", seed=drill.seed).still() == drill.still()


@pytest.mark.parametrize("notebook", ["04", "5", "", 5, None, ["05"]])
def test_a_notebook_without_a_drill_is_refused_with_those_that_have_one(notebook):
    with pytest.raises(ValueError, match=r"^notebook is .*'02', '03', '05', '06'\.$"):
        Drill(notebook)


@pytest.mark.parametrize("seed", [-1, 0.5, "5", True])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(ValueError, match=r"^seed is .*whole number of at least 0"):
        Drill("05", seed=seed)


@each_drill
def test_the_stored_page_has_six_questions_with_their_answers_folded(notebook):
    for seed in (0, 10**30):
        html = Drill(notebook, seed=seed).still()
        assert_well_formed(html)
        assert_steps_by_itself(html)
        assert len(html) < 80_000 and "<script" not in html and Drill.note in html
        for n, frame in enumerate(frames_of(html), start=1):
            assert f'role="group" aria-label="Question {n}, seed {seed}: ' in frame
            assert frame.count("<details>") == frame.count("Show how it goes") == 1
            q = question(notebook, seed, n)
            _, _, worked = frame.partition("<details>")
            value = worked.partition("</details>")[0].rpartition("equals ")[2].partition('"')[0]
            if q.line:
                assert Drill(notebook, seed=seed).question.ask in html
                assert q.judge(value).ok or value.strip("+−0.") in str(abs(q.value))
            else:
                assert q.how in worked


@each_drill
def test_the_line_with_its_numbers_gives_the_answer(notebook):
    """As it is read aloud: what is shown is computed again."""
    signs = {"minus": "-", "plus": "+", "times": "*", "−": "-"}
    for q in computed(notebook)[:100]:
        *_, line = re.findall('aria-label="([^"]*)"', question_frame(q, 1, 5))
        numbers, _, value = line.partition(" equals ")
        for word, sign in signs.items():
            numbers, value = numbers.replace(word, sign), value.replace(word, sign)
        numbers = re.sub(r"1 over (\d) ", r"1 / \1 * ", numbers)
        assert eval(numbers.replace(" * * ", " * ")) == pytest.approx(q.value, rel=1e-9)
        assert float(value) == pytest.approx(q.value, rel=5e-3)


def test_slopes_have_the_names_that_they_have_in_code():
    for notebook in ("02", "03", "05", "06"):
        named = re.findall(
            r"slope\[(\d)\] equals σ prime of \( z of layer (\d) \)", Drill(notebook, 1).still()
        )
        assert named and all(one == other for one, other in named)


def test_every_equation_is_read_aloud():
    for notebook in DRILLS:
        html = Drill(notebook, seed=1).still()
        equations = re.findall(r'<div class="bp-eq"([^>]*)>', html)
        assert equations
        assert all('role="math" aria-label="' in attributes for attributes in equations)


def test_the_live_form_has_names_and_a_live_region():
    form = Drill("05", seed=5).widget.form
    assert_well_formed(form)
    assert '<span>your answer</span><input type="text" name="answer"' in form
    assert re.findall(r"<button[^>]*>(\w+)</button>", form) == ["Check", "Next"]
    assert '<div data-part="status" role="status">' in form
    assert " id=" not in form


def test_an_answer_is_judged_and_counted_once_for_each_question():
    drill = Drill("05", seed=5)
    live, q = drill.widget, drill.question

    def type_in(text):
        live.answer = text
        return live.status_html, live.score_html

    status, score = type_in("abc")
    assert "○ 'abc' is no number" in status and "0 right of 0 tried" in score
    status, score = type_in("<b>9</b>")
    assert "<b>" not in status and "0 right of 0 tried" in score
    wrong = written(-q.value, 3)
    status, score = type_in(wrong)
    assert f"✗ {wrong} is not right yet." in status and "0 right of 1 tried" in score
    assert written(abs(q.value), 3) not in status.replace(wrong, "")
    for digits in (3, 4):
        status, score = type_in(written(q.value, digits))
        assert "✓ " in status and " is right." in status and "1 right of 1 tried" in score
        type_in(wrong)
    assert "1 right of 1 tried" in live.score_html


def test_next_asks_another_question_and_clears_the_box():
    drill = Drill("06", seed=5)
    live = drill.widget
    first = live_frames(drill)
    live.answer = "(1, 1)"
    for number in range(2, 7):
        live.next += 1
        assert (drill.number, live.question, live.answer) == (number, number - 1, "")
        assert live.status_html == "" and live_frames(drill) == first
    live.next += 1
    assert (drill.number, live.question) == (7, 0)
    later = live_frames(drill)
    assert len(later) == 6 and "Question 7, seed 5" in later[0] and later != first
    assert "0 right of 1 tried" in live.score_html


def test_what_was_said_goes_when_another_question_is_chosen():
    drill = Drill("03", seed=5)
    live = drill.widget
    live.answer = "0.99"
    assert "✗" in live.status_html
    live.question = 3
    assert (drill.number, live.answer, live.status_html) == (4, "", "")
    assert drill.answer(written(drill.question.value, 3)).ok
    assert "✓" in live.status_html and live.answer == written(drill.question.value, 3)


def test_an_answer_in_code_prints_what_is_said():
    drill = Drill("02", seed=5)
    assert repr(drill.answer("abc")) == str(drill.answer("abc"))
    assert str(drill.answer("abc")).startswith("○ 'abc' is no number.")
    with pytest.raises(TypeError, match=r'^text is 0\.1, but should be a str: .*as "0\.12"\.$'):
        drill.answer(0.1)
