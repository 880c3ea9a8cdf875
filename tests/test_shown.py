"""The readers and the evaluator of shown equations, and faults that have to be noticed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress

import numpy as np
import pytest
from shown import (
    Derivative,
    Elided,
    Misfit,
    Number,
    Symbol,
    Unreadable,
    World,
    approaches,
    bounds,
    evaluate,
    holds,
    read_html,
    read_latex,
    sides,
)
from test_equations import CHECKS, written

from bp_helpers import Network, backpropagate, examples, forward

NOT_HELD = (AssertionError, Unreadable, Misfit, Elided)


@pytest.fixture(scope="module")
def small() -> World:
    return World.of(*examples.small_network())


@pytest.fixture(scope="module")
def batch() -> World:
    return World.of(*examples.batch())


@pytest.fixture(scope="module")
def mixed() -> tuple[World, World]:
    """A network whose layers have activations of their own, for one sample and for a batch."""
    _, x, y = examples.batch()
    net = Network.random([2, 3, 2], ["tanh", "sigmoid"], seed=1)
    return World.of(net, x[:, :1], y[:, :1]), World.of(net, x, y)


# LaTeX.


@pytest.mark.parametrize(
    ("latex", "value"),
    [
        ("12", 12),
        (r"2 \cdot 3 + 4", 10),
        ("-2 - 3", -5),
        (r"-(2 - 3) \, 4", 4),
        (r"\frac12 + \tfrac{3}{4}", 1.25),
        (r"\frac{1}{2 \cdot 4} \, 8", 1),
        ("2^3 3", 24),
        ("27^{1/3}", 3),
        (r"\sqrt{16} + |-2| + \max(1, 3)", 9),
        (r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}", [[1, 2], [3, 4]]),
        (r"\begin{bmatrix} 1 & 2 \end{bmatrix}^{\mathsf T}", [[1], [2]]),
        (r"\begin{bmatrix} 1 & 2 \end{bmatrix} \begin{bmatrix} 3 \\ 4 \end{bmatrix}", [[11]]),
        (
            r"\begin{bmatrix} 1 & 2 \end{bmatrix} \odot \begin{bmatrix} 3 & 4 \end{bmatrix}",
            [[3, 8]],
        ),
        (r"\lVert \begin{bmatrix} 3 \\ 4 \end{bmatrix} \rVert + \| 1 \|", 6),
        (r"\begin{cases} 5 & \text{if } 1 = 2 \\ 7 & \text{otherwise} \end{cases}", 7),
        (r"\underbrace{2}_{①} \; 3", 6),
        (r"1 + 3 + \dots + 9", 25),
        (r"5 + \dots", 5),
    ],
)
def test_latex_without_letters_has_a_value(latex: str, value: object) -> None:
    np.testing.assert_allclose(evaluate(read_latex(latex)), value, rtol=1e-15)


def test_letters_mean_what_the_network_holds(batch: World) -> None:
    net, x, y = examples.batch()
    trace = forward(net, x)
    for latex, value in {
        "W^{(2)}": net.W[2],
        "w^{(2)}_{12}": net.W[2][1, 2],
        "b^{(1)}": net.b[1],
        "b_2^{(1)}": net.b[1][2, 0],
        "x": x,
        "x_i": x[:, [3]],
        "y_{ji}": y[1, 3],
        r"a^{(L)}": trace.a[2],
        "a^{(L-1)}_{ji}": trace.a[1][1, 3],
        r"z^{(1)}_i": trace.z[1][:, [3]],
        "n_{L-1}": 3,
        "m": 4,
        r"\delta_{ij}": 0,
        r"\delta_{jj}": 1,
        r"\sigma(z^{(1)})": trace.a[1],
        r"\sigma'(z^{(1)})": trace.a[1] * (1 - trace.a[1]),
        "J": net.cost.value(trace.a[2], y).mean(),
        r"\sum_k w^{(2)}_{jk}": net.W[2][1].sum(),
        "C_i": net.cost.value(trace.a[2], y)[3],
        r"\sum_{k=1}^{L+1} w^{(2)}_{jk}": net.W[2][1].sum(),
        r"\sum_{l=1}^L n_l n_{l-1}": 12,
    }.items():
        found = evaluate(read_latex(latex), batch.bind(i=3, j=1))
        assert np.shape(found) == np.shape(value), latex
        np.testing.assert_allclose(found, value, rtol=1e-13, err_msg=latex)


def test_derivatives_are_laid_out_as_they_are_written(small: World) -> None:
    for latex, shape in {
        r"\frac{\partial C}{\partial W^{(1)}}": (3, 2),
        r"\frac{\partial C}{\partial b^{(1)}}": (3, 1),
        r"\frac{\partial C}{\partial a^{(1)}}": (1, 3),
        r"\frac{\partial a^{(2)}}{\partial a^{(1)}}": (2, 3),
        r"\frac{\partial a^{(2)}}{\partial a^{(1)}_1}": (2, 1),
        r"\frac{\partial C}{\partial a^{(1)}_1}": (),
        r"\nabla C": (17, 1),
    }.items():
        assert np.shape(evaluate(read_latex(latex), small)) == shape, latex


def test_an_operator_is_taken_of_all_that_follows() -> None:
    read = read_latex(r"2 \, \frac{\partial}{\partial a} \, \tfrac12 (a - y)^2 + 1")
    last = read.terms[0].factors[1]
    assert isinstance(last, Derivative)
    assert last.bottom == Symbol("a")
    world = World.of(*examples.one_neuron(), plain=True, layer=1)
    error = world.meaning(Symbol("a")) - world.meaning(Symbol("y"))
    assert evaluate(read, world) == pytest.approx(1 + 2 * error)


def test_every_free_layer_and_index_is_compared(small: World) -> None:
    assert holds(read_latex(r"a^{(l)} = a^{(l)}"), small) == 3
    assert holds(read_latex(r"z^{(l)} = z^{(l)}"), small) == 2
    assert holds(read_latex(r"z^{(l+1)}_j = z^{(l+1)}_j"), small) == 5
    assert holds(read_latex(r"w^{(l)}_{jk} = w^{(l)}_{jk} = w^{(l)}_{jk}"), small) == 24


@pytest.mark.parametrize(
    "latex",
    [
        "", "= 1", "1 +", "2 \\cdot", r"\odot 2", "(1", "1)", r"\frac{1}", r"\unheard", "a_{",
        "^2", "#",
        r"\begin{bmatrix} 1", r"\frac{\partial C}{\partial (a + y)}", r"\sum C", "1 + - 2",
    ],
)  # fmt: skip
def test_what_is_no_equation_is_not_read(latex: str) -> None:
    with pytest.raises(Unreadable):
        read_latex(latex.replace("\\\\", "\\"))


@pytest.mark.parametrize(
    ("latex", "error"),
    [
        (r"q", Unreadable),
        (r"\eta", Unreadable),
        (r"\sigma''(z^{(1)})", Unreadable),
        (r"\Delta C", Unreadable),
        (r"\frac{\partial C}{\partial \delta^{(1)}}", Unreadable),
        (r"a^{(1)} + a^{(2)}", Misfit),
        (r"a^{(1)} a^{(1)}", Misfit),
        (r"a^{(1)} \odot a^{(2)}", Misfit),
        (r"a^{(1)} \odot 2", Misfit),
        (r"1 + a^{(1)}", Misfit),
        (r"\frac{1}{a^{(1)}}", Misfit),
        (r"(a^{(1)})^2", Misfit),
        (r"w^{(1)}", Misfit),
        (r"w^{(1)}_{02}", Misfit),
        (r"\sum_t C", Misfit),
        (r"\sum_{i=1}^L a^{(1)}_{0i}", Misfit),
        (r"\sum_j a^{(1)}_j a^{(2)}_j", Misfit),
        (r"W^{(3)}", Misfit),
        (r"z^{(0)}", Misfit),
        (r"\begin{bmatrix} 1 & \cdots \\ 3 & 4 \end{bmatrix}", Elided),
    ],
)
def test_what_means_nothing_or_does_not_fit_has_no_value(
    latex: str, error: type[Exception], small: World
) -> None:
    with pytest.raises(error):
        evaluate(read_latex(latex), small)


def test_a_neuron_of_several_samples_needs_a_sample(batch: World) -> None:
    with pytest.raises(Misfit):
        evaluate(read_latex("a^{(1)}_0"), batch)


def test_a_flat_array_is_not_a_column(small: World) -> None:
    flat = small.bind(flat=np.zeros(3), column=np.zeros((3, 1)))
    equation = read_latex(r"\text{flat} = \text{column}")
    with pytest.raises(AssertionError, match="shapes"):
        holds(equation, flat)


def test_nothing_to_compare_is_no_success(small: World) -> None:
    with pytest.raises(AssertionError, match="nothing to compare"):
        holds(read_latex(r"a^{(l+2)} + W^{(l)} = W^{(l)}"), small)
    with pytest.raises(AssertionError, match="nothing to compare"):
        holds(read_latex("C"), small)


def test_each_of_several_equations_is_compared(small: World) -> None:
    assert holds(read_latex(r"L = 2, \qquad m = 1"), small) == 2
    with pytest.raises(AssertionError):
        holds(read_latex(r"L = 2, \qquad a^{(l+3)} = 1"), small)


def test_the_activation_of_several_layers_needs_a_layer() -> None:
    net = Network.random([2, 3, 2], ["tanh", "sigmoid"], seed=0)
    world = World.of(net, np.ones((2, 1)), np.ones((2, 1))).bind(v=0.5)
    assert evaluate(read_latex(r"\sigma^{(1)}(v)"), world) == pytest.approx(np.tanh(0.5))
    with pytest.raises(Unreadable):
        evaluate(read_latex(r"\sigma(v)"), world)


@pytest.mark.parametrize(("latex", "order"), [("h^2 = 0", 2), ("h^2 = h", 1), ("h^4 + h^5 = 0", 4)])
def test_the_order_of_an_approach_is_noticed(latex: str, order: int, small: World) -> None:
    def world(h: float) -> World:
        return small.bind(h=h)

    assert approaches(read_latex(latex), world, order, (1e-2, 1e-3)) == 1
    with pytest.raises(AssertionError, match="shrinks"):
        approaches(read_latex(latex), world, order + 1, (1e-2, 1e-3))


def test_an_arrow_points_to_what_is_there_after_the_step(small: World) -> None:
    after = small.state.moved("W", 1, 0, 0.25)
    moved = World(small.state, small.names, after=after)
    assert holds(read_latex(r"w^{(1)}_{00} \leftarrow w^{(1)}_{00} + \frac14"), moved) == 1
    with pytest.raises(AssertionError):
        holds(read_latex(r"w^{(1)}_{00} = w^{(1)}_{00} + \frac14"), moved)


# A mutator gives an equation with one thing changed, in every way that it knows.

Mutator = Callable[[str], Iterator[str]]


def replaced(pattern: str, *changes: str | Callable[[re.Match], str]) -> Mutator:
    """Each occurrence of a pattern in turn, changed in each of the ways."""

    def mutate(latex: str) -> Iterator[str]:
        for match in re.finditer(pattern, latex):
            for change in changes:
                new = change(match) if callable(change) else match.expand(change)
                yield latex[: match.start()] + new + latex[match.end() :]

    return mutate


# HTML, as the stepper writes it.


def num(text: str) -> str:
    return f'<span class="bp-num">{text}</span>'


def op(sign: str) -> str:
    return f'<span class="bp-op">{sign}</span>'


def sym(letter: str, index: str = "", layer: str = "", after: str = "") -> str:
    letter, prime, _ = letter.partition("′")
    sub = f"<sub>{index}</sub>" if index else ""
    sup = f"<sup>({layer})</sup>" if layer else ""
    return f'<span class="bp-sym"><i>{letter}</i>{prime}{sub}{sup}{after}</span>'


def group(*items: str, brackets: str = "()") -> str:
    opening, closing = (f'<span class="bp-paren">{bracket}</span>' for bracket in brackets)
    return f'<span class="bp-group bp-tall">{opening}{"".join(items)}{closing}</span>'


def fn(letter: str, *inside: str, layer: str = "") -> str:
    return f'<span class="bp-fn">{sym(letter, layer=layer)}</span>{group(*inside)}'


def frac(top: str, bottom: str) -> str:
    slash = '<span class="bp-slash">/</span>'
    return f'<span class="bp-frac"><span>{top}</span>{slash}<span>{bottom}</span></span>'


def d(top: str, bottom: str) -> str:
    return frac(op("∂") + top, op("∂") + bottom)


def power(text: str) -> str:
    return f'<sup class="bp-power">{text}</sup>'


def total(letters: str) -> str:
    return f'<span class="bp-sum">Σ<sub>{letters}</sub></span>'


def matrix(*rows: str) -> str:
    cells = ("".join(f"<td>{cell}</td>" for cell in row.split()) for row in rows)
    return f'<table class="bp-matrix">{"".join(f"<tr>{row}</tr>" for row in cells)}</table>'


def eq(*items: str) -> str:
    return f'<div class="bp-eq" role="math" aria-label="an equation">\n{" ".join(items)}\n</div>'


SCALES = '<span class="bp-op bp-phrase">scales the rows of</span>'
C, Ci = sym("C"), sym("C", "i")
SINGLE = {
    "BP1": eq(
        sym("δ", "", "2"), op("="), group(sym("a", "", "2"), op("−"), sym("y")), op("⊙"),
        fn("σ′", sym("z", "", "2")),
    ),
    "BP2": eq(
        sym("δ", "", "1"), op("="), group(sym("W", "", "2"), power("T"), sym("δ", "", "2")),
        op("⊙"), fn("σ′", sym("z", "", "1")),
    ),
    "BP3": eq(d(C, sym("b", "", "2")), op("="), sym("δ", "", "2")),
    "BP4": eq(
        d(C, sym("W", "", "2")), op("="), sym("δ", "", "2"), group(sym("a", "", "1")), power("T"),
    ),
    "cost": eq(
        C, op("="), frac(num("1"), num("2")), total("j"),
        group(sym("a", "j", "2"), op("−"), sym("y", "j")), power("2"),
    ),
    "paths": eq(
        d(C, sym("a", "0", "1")), op("="), total("t"), sym("w", "t0", "2"),
        fn("σ′", sym("z", "t", "2"), layer="2"), d(C, sym("a", "t", "2")),
    ),
    "all paths": eq(
        d(C, sym("w", "10", "1")), op("="), total("t"), sym("a", "0", "0"), op("·"),
        fn("σ′", sym("z", "1", "1")), sym("w", "t1", "2"), fn("σ′", sym("z", "t", "2")),
        group(sym("a", "t", "2"), op("−"), sym("y", "t")),
    ),
    "weights": eq(
        d(C, sym("w", "1k", "2")), op("="), sym("a", "k", "1"), fn("σ′", sym("z", "1", "2")),
        d(C, sym("a", "1", "2")),
    ),
    "row": eq(
        d(C, sym("a", "", "2")), op("="), group(sym("a", "", "2"), op("−"), sym("y")), power("T"),
    ),
    "Jacobian": eq(
        d(sym("a", "", "2"), sym("a", "", "1")), op("="), fn("σ′", sym("z", "", "2")), SCALES,
        sym("W", "", "2"),
    ),
    "four factors": eq(
        d(C, sym("w", "AB", "1")), op("="), d(C, sym("a", "", "2")),
        d(sym("a", "", "2"), sym("a", "A", "1")), d(sym("a", "A", "1"), sym("w", "AB", "1")),
    ),
}  # fmt: skip


def shape(rows: int, columns: int) -> str:
    return f"<small>({rows}, {columns})</small>"


OVER_M = frac(num("1"), sym("m"))
BATCH = {
    "cost": eq(
        sym("J"), op("="), OVER_M, frac(num("1"), num("2")),
        group(sym("a", "", "2"), op("−"), sym("y"), brackets="‖‖"), power("2"),
    ),
    "da": eq(
        sym("da", "", "1", shape(3, 4)), op("="), sym("W", "", "2", shape(2, 3)), power("T"),
        sym("dz", "", "2", shape(2, 4)),
    ),
    "dz": eq(
        sym("dz", "", "1"), op("="), sym("da", "", "1"), op("⊙"), fn("g′", sym("z", "", "1")),
    ),
    "dW": eq(
        sym("dW", "", "1", shape(3, 2)), op("="), OVER_M, sym("dz", "", "1"),
        group(sym("a", "", "0", shape(2, 4))), power("T"),
    ),
    "db": eq(sym("db", "", "1"), op("="), OVER_M, total("i"), sym("dz", "i", "1")),
    "paths": eq(
        d(Ci, sym("a", "0i", "1")), op("="), total("t"), sym("w", "t0", "2"),
        fn("σ′", sym("z", "ti", "2")), d(Ci, sym("a", "ti", "2")),
    ),
    "bias": eq(
        d(C, sym("b", "0", "1")), op("="), OVER_M, total("i"), num("1"), op("·"),
        fn("σ′", sym("z", "0i", "1")), d(Ci, sym("a", "0i", "1")),
    ),
    "sums": eq(
        C, op("="), frac(num("1"), num("2") + sym("m")), total("i, j"),
        group(sym("a", "ji", "2"), op("−"), sym("y", "ji")), power("2"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SINGLE)
def test_equations_of_one_sample_hold(name: str, mixed: tuple[World, World]) -> None:
    assert holds(read_html(SINGLE[name]), mixed[0]) >= 1


@pytest.mark.parametrize("name", BATCH)
def test_equations_of_a_batch_hold(name: str, mixed: tuple[World, World]) -> None:
    assert holds(read_html(BATCH[name]), mixed[1]) >= 1


def test_an_equation_of_a_chain_with_several_samples_holds() -> None:
    net, _, _ = examples.chain()
    world = World.of(net, np.array([[0.1, 0.5]]), np.array([[0.9, 0.2]]), plain=True)
    a, z, w = sym("a", "i", "2"), sym("z", "i", "2"), sym("w", "", "2")
    factors = d(Ci, a), op("·"), d(a, z), op("·"), d(z, w)
    assert holds(read_html(eq(d(C, w), op("="), OVER_M, total("i"), *factors)), world) == 1
    with pytest.raises(AssertionError):
        holds(read_html(eq(d(C, w), op("="), total("i"), *factors)), world)


HTML_MUTATORS: dict[str, Mutator] = {
    "swap two indices": replaced(r"<sub>(?!(\w)\1)(\w)(\w)</sub>", r"<sub>\3\2</sub>"),
    "drop a prime": replaced("′", ""),
    "drop a transpose": replaced(power("T"), ""),
    "change a sign": replaced(op("−"), op("+")),
    "change a layer": replaced(r"<sup>\((\d)\)", lambda m: f"<sup>({3 - int(m[1])})"),
    "drop a factor": replaced(f"{re.escape(OVER_M)}|{re.escape(frac(num('1'), num('2')))}", ""),
    "drop a sum sign": replaced(r'<span class="bp-sum">.*?</sub></span>', ""),
    "drop ⊙": replaced(op("⊙"), "", op("·")),
    "⊙ for scaled rows": replaced(SCALES, op("⊙")),
    "drop a power": replaced(power("2"), ""),
    "turn a fraction over": replaced(frac("(.*?)", "(.*?</span>)"), lambda m: frac(m[2], m[1])),
    "change a shape": replaced(r"\((\d), (\d)\)", r"(\2, \1)"),
    "the cost of all samples for that of one": replaced(re.escape(Ci), C),
    "another letter": replaced(r"<i>([azy])</i>", lambda m: f"<i>{'zya'['azy'.index(m[1])]}</i>"),
}


@pytest.mark.parametrize("name", HTML_MUTATORS)
def test_a_fault_in_html_is_noticed(name: str, mixed: tuple[World, World]) -> None:
    planted, missed = 0, []
    for world, equations in zip(mixed, (SINGLE, BATCH)):
        for equation in equations.values():
            for mutant in HTML_MUTATORS[name](equation):
                planted += 1
                try:
                    holds(read_html(mutant), world)
                except NOT_HELD:
                    continue
                missed.append(mutant)
    assert planted
    assert not missed


@pytest.mark.parametrize(
    ("items", "value"),
    [
        ([num("−0.6")], -0.6),
        ([num("+0.6")], 0.6),
        ([num("1.5 · 10<sup>−3</sup>")], 0.0015),
        ([num("0.5"), op("−"), num("2")], -1.5),
        ([num("0.5"), op("·"), group(num("−2"))], -1),
        ([num("3"), group(num("1"), op("+"), num("1"))], 6),
        ([matrix("1 2", "3 −4")], [[1, 2], [3, -4]]),
        ([matrix("1 2", "3 −4"), power("T")], [[1, 3], [2, -4]]),
        ([matrix("1 2", "3 −4"), matrix("1", "1")], [[3], [-1]]),
        ([num("2"), matrix("1 2"), op("⊙"), matrix("3 4")], [[6, 16]]),
        ([matrix("2", "3"), SCALES, matrix("1 2", "3 4")], [[2, 4], [9, 12]]),
        ([total("columns"), matrix("1 2", "3 4")], [[3], [7]]),
        ([total("entries"), matrix("1 2", "3 4")], 10),
        ([total("entries"), matrix("1 2"), op("⊙"), matrix("3 4"), op("+"), num("1")], 12),
        ([frac(num("1"), num("4")), total("columns"), matrix("1 3", "3 5")], [[1], [2]]),
        ([group(matrix("3", "4"), brackets="‖‖"), power("2")], 25),
        ([frac(num("1"), num("2")), group(num("3"), op("−"), num("1")), power("2")], 2),
        ([op("−"), num("2")], -2),
        ([fn("σ", num("0")), op("+"), fn("tanh", num("0"))], 0.5),
        ([fn("σ′", matrix("0.0 0.0"))], [[0.25, 0.25]]),
        ([fn("relu", matrix("−1.5 1.5")), op("+"), fn("id′", matrix("−2 2"))], [[1, 2.5]]),
    ],
)
def test_html_of_numbers_has_a_value_within_its_bounds(items: list[str], value: object) -> None:
    read = read_html(eq(*items))
    np.testing.assert_allclose(evaluate(read), value, rtol=1e-14)
    low, high = bounds(read)
    assert (low <= value).all()
    assert (value <= high).all()


@pytest.mark.parametrize(
    "hidden", [op("?"), matrix("1 ⋯ 2"), matrix("1 2", "⋮ ⋮", "3 4"), matrix("1 ⋯", "⋮ ⋱")]
)
def test_what_is_left_out_has_no_value(hidden: str, batch: World) -> None:
    equation = read_html(eq(num("1"), op("="), hidden, matrix("1", "2")))
    assert evaluate(sides(equation)[0]) == 1
    for world in (None, batch):
        with pytest.raises(Elided):
            evaluate(sides(equation)[1], *filter(None, [world]))
    with pytest.raises(Elided):
        bounds(sides(equation)[1])


@pytest.mark.parametrize(
    "html",
    [
        eq(num("1")) + eq(num("2")),
        eq(num("1"), "and"),
        eq('<span class="bp-new">1</span>'),
        eq(num("one")),
        eq(num("1.5<sup>2</sup>")),
        eq(op("×"), num("1")),
        eq(num("1"), op("+")),
        eq(power("2")),
        eq(sym("1")),
        eq(sym("a", "", "2").replace("(2)", "2")),
        eq(num("1")).replace("</span>", ""),
        eq(num("1")).replace("</span>", "</i>"),
        eq('<span class="bp-fn"><i>σ</i></span>', num("1")),
        eq('<span class="bp-sum">S<sub>t</sub></span>', num("1")),
        eq(group(num("1"), brackets="([")),
        eq(group(num("1")).replace("bp-paren", "bp-op", 1)),
        eq(sym("a"), power("t")),
        eq('<span class="bp-frac"><span>1</span><span>2</span></span>'),
    ],
)
def test_what_is_not_written_as_agreed_is_not_read(html: str) -> None:
    with pytest.raises(Unreadable):
        read_html(html)


def test_digits_bound_what_was_rounded() -> None:
    def ends(*items: str, exact: int = 0) -> list[float]:
        return list(map(float, bounds(read_html(eq(*items)), exact)))

    assert ends(num("0.25")) == pytest.approx([0.245, 0.255])
    assert ends(num("3")) == pytest.approx([3, 3])
    assert ends(num("0.2"), exact=1) == pytest.approx([0.2, 0.2])
    assert ends(num("1.50 · 10<sup>−9</sup>")) == pytest.approx([1.495e-9, 1.505e-9])
    assert ends(num("0.5"), op("−"), num("0.5")) == pytest.approx([-0.1, 0.1])
    assert ends(num("0.5"), op("·"), group(num("−0.5"))) == pytest.approx([-0.3025, -0.2025])
    assert ends(group(num("0.0")), power("2")) == pytest.approx([0, 0.0025])
    assert ends(frac(num("1"), num("0.5"))) == pytest.approx([1 / 0.55, 1 / 0.45])
    assert ends(fn("σ′", num("0.0"))) == pytest.approx([0.25 / np.cosh(0.025) ** 2, 0.25])
    assert ends(fn("tanh", num("0.0"))) == pytest.approx([np.tanh(-0.05), np.tanh(0.05)])
    with pytest.raises(Misfit):
        ends(frac(num("1"), num("0.0")))


# BP2 of the running network in numbers, and what can go wrong there.
W2T = matrix("0.7 −0.6", "−1.3 1.2", "0.9 0.4")
DELTA2, SLOPE1 = matrix("+0.147", "−0.134"), matrix("0.222", "0.235", "0.201")
FAULTS = {
    "a lost transpose": [group(matrix("0.7 −1.3 0.9", "−0.6 1.2 0.4"), DELTA2), op("⊙"), SLOPE1],
    "a wrong sign": [group(W2T, matrix("+0.147", "+0.134")), op("⊙"), SLOPE1],
    "a lost sign": [group(W2T.replace("−1.3", "1.3"), DELTA2), op("⊙"), SLOPE1],
    "a lost factor": [group(W2T, DELTA2)],
    "a swapped factor": [group(W2T, SLOPE1), op("⊙"), DELTA2],
    "another slope": [group(W2T, DELTA2), op("⊙"), matrix("0.222", "0.201", "0.235")],
    "a wrong digit": [group(W2T, DELTA2), op("⊙"), matrix("0.222", "0.253", "0.201")],
}


def within(html: str, value: np.ndarray) -> bool:
    low, high = bounds(read_html(html), exact=1)
    return bool(np.shape(low) == value.shape and (low <= value).all() and (value <= high).all())


def test_the_value_lies_within_the_bounds_of_its_numbers() -> None:
    delta = backpropagate(*examples.small_network()).delta
    assert within(eq(group(W2T, DELTA2), op("⊙"), SLOPE1), delta[1])


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_numbers_is_noticed(name: str) -> None:
    delta = backpropagate(*examples.small_network()).delta
    with suppress(Misfit):  # which is a way to notice it
        assert not within(eq(*FAULTS[name]), delta[1])


def test_both_readers_give_one_tree() -> None:
    latex = (
        r"\delta^{(1)} = \left( (W^{(2)})^{\mathsf T} \, \delta^{(2)} \right) "
        r"\odot \sigma'(z^{(1)})"
    )
    assert read_html(SINGLE["BP2"]) == read_latex(latex)
    paths = (
        r"\frac{\partial C}{\partial a_0^{(1)}} = \sum_t w_{t0}^{(2)} \sigma^{(2)}'(z_t^{(2)}) "
        r"\frac{\partial C}{\partial a_t^{(2)}}"
    )
    assert read_html(SINGLE["paths"]) == read_latex(paths)
    assert read_html(num("1.50 · 10<sup>−9</sup>")) == Number("1.50", -9)


# The equations of the notebooks, with faults.

_SCRIPT = r"[_^]\{?\(?[^{}()]*$"  # what stands before a place in an index or a layer
_MATRIX = (
    r"\(?(?:[Wab]|dz|\\delta)\^\{\([^)]*\)\}(?:_i)?\)?(?:\^\{\\mathsf T\})?"
    r"|\\frac\{\\partial \w(?:\^\{\(\S*\)\})?\}\{\\partial a\^\{\(\S*\)\}\}"
)


def other_signs(latex: str) -> Iterator[str]:
    for match in re.finditer(r"[+-]", latex):
        if not re.search(_SCRIPT, latex[: match.start()]) or latex[match.start() - 2 :][:2] == "^{":
            other = "-" if match[0] == "+" else "+"
            yield latex[: match.start()] + other + latex[match.end() :]


def other_layers(latex: str) -> Iterator[str]:
    new = {"l": ("l+1", "l-1"), "l+1": ("l", "l+2"), "l-1": ("l", "l-2"), "L": ("L-1",)}
    for match in re.finditer(r"(?<=\^\{\()([^)]*)(?=\)\})|(?<=n_\{)([^}]*)(?=\})", latex):
        for layer in new.get(match[0]) or (str(int(n)) for n in "0123" if n != match[0]):
            yield latex[: match.start()] + layer + latex[match.end() :]


def fractions_turned_over(latex: str) -> Iterator[str]:
    for match in re.finditer(r"\\t?frac", latex):
        (start, middle), (_, end) = ends = list(arguments(latex, match.end()))
        top, bottom = (latex[slice(*place)] for place in ends)
        yield latex[:start] + bottom + top + latex[end:]


def arguments(latex: str, at: int) -> Iterator[tuple[int, int]]:
    """Where the two arguments of a command stand."""
    for _ in range(2):
        start, depth = at, 0
        while True:
            depth += {"{": 1, "}": -1}.get(latex[at], 0)
            at += 1
            if not depth:
                break
        yield start, at


MUTATORS: dict[str, Mutator] = {
    "swap two indices": replaced(r"_\{(?!(\w)\1)(\w)(\w)\}", r"_{\3\2}"),
    "take another index": replaced(
        r"(?<!\\sum)_([jkt])(?!\w)", lambda m: "_k" if m[1] == "j" else "_j"
    ),
    "drop a prime": replaced("'", ""),
    "drop a transpose": replaced(r"\^\{\\mathsf T\}", ""),
    "change a sign": other_signs,
    "change a layer": other_layers,
    "drop a constant factor": replaced(
        r"\\tfrac12|\\frac1m|\\frac1M|\\frac\{1\}\{2m\}|\\frac\{[12]\}\{n_L\}|(?<= )2(?= )", ""
    ),
    "change a constant": replaced(r"(?<![_^({\d])[1236](?!\w*\))", lambda m: str(int(m[0]) + 1)),
    "drop a sum sign": replaced(r"\\sum(?:_\{[^}]*\}|_\w)(?:\^(?:\{\w\}|\w))?", ""),
    "drop ⊙": replaced(r"\\odot", "", "+"),
    "⊙ for a matrix product": replaced(rf"({_MATRIX})((?: |\\,|\\;)*)({_MATRIX})", r"\1 \\odot \3"),
    "swap two factors of a matrix product": replaced(
        rf"({_MATRIX})((?: |\\,|\\;)*)({_MATRIX})", r"\3 \2 \1"
    ),
    "change a power": replaced(r"\^2|\^\{1/3\}|\^3", lambda m: "" if "1/3" in m[0] else "^4"),
    "turn a fraction over": fractions_turned_over,
    "drop a slope": replaced(
        r"[\\sigma]+'\(z[^()]*(?:\([^()]*\)[^()]*)?\)|g'\(z\^\{\(l\)\}\)", "1"
    ),
    "a for z and z for a": replaced(
        r"(?<![\w\\])[az](?![a-z])", lambda m: "z" if m[0] == "a" else "a"
    ),
    "the cost of all samples for that of one": replaced("C_i", "C"),
    "drop a Δ": replaced(r"\\Delta ", ""),
    "another Δ": replaced(r"\\Delta ([waz])", lambda m: rf"\Delta {'waz'['waz'.index(m[1]) - 1]}"),
}

# Why a mutant says the same as the equation.
SAME = {
    ("04.6", "swap two indices"): "1 if the indices are equal, in whichever order they stand",
    ("04.6", "turn a fraction over"): "which of two weights answers the other is symmetric",
    ("04.8", "swap two indices"): "1 if the indices are equal, in whichever order they stand",
    ("04.8", "turn a fraction over"): "which of two outputs answers the other is symmetric",
    ("11.6", "swap two indices"): "1 if the indices are equal, in whichever order they stand",
    ("11.7", "swap two indices"): "1 if the indices are equal, in whichever order they stand",
    ("11.11", "swap two indices"): "all entries are added up, whichever index is called j",
    ("12.7", "turn a fraction over"): "the same stands above the line and below it",
}


def test_every_mutator_is_at_work() -> None:
    planted = {
        name: sum(len(list(mutate(latex))) for latex in written().values())
        for name, mutate in MUTATORS.items()
    }
    assert min(planted.values()) >= 2, planted


@pytest.mark.parametrize("name", MUTATORS)
def test_a_fault_in_an_equation_is_noticed(name: str) -> None:
    missed = {}
    for check in CHECKS:
        if check.latex is not None:
            continue
        for mutant in MUTATORS[name](written()[check.tag]):
            try:
                check.run(read_latex(mutant))
            except NOT_HELD:
                continue
            missed[check.tag, name] = mutant
    assert missed.keys() == {key for key in SAME if key[1] == name}, missed
