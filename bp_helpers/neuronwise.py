"""The notations that take a neuron at a time: `chain` and `index`."""

from __future__ import annotations

from bp_helpers.steps import MOST_SHOWN, Operand, Quantity, index_mark, layer_mark
from bp_helpers.writing import Pass, fraction, sum_of_products


def chain(p: Pass) -> None:
    """One factor at a time, through single neurons in a row."""
    _chain_start(p)
    for l in range(p.L, 0, -1):
        _chain_layer(p, l)


def _chain_start(p: Pass) -> None:
    l = p.L
    p.add(
        Quantity("dC_da", l),
        fraction("C", p.mark("a", l)),
        p.error,
        [p.operand("a", l), p.target()],
        p.error_line,
        rule="factor",
        label=f"∂C/∂a{layer_mark(l)}",
        title="How the output moves the cost",
        ask="is it positive or negative?",
        words="Nudge the output: the cost moves with output minus target.",
    )


def _chain_layer(p: Pass, l: int) -> None:
    """The factors of layer l, and the products that they give."""
    a, z, w, b = (p.mark(name, l) for name in ("a", "z", "w", "b"))
    before, chip, chip_before = p.mark("a", l - 1), layer_mark(l), layer_mark(l - 1)
    times = r"\cdot" if p.m == 1 else r"\odot"
    source = f"the activation of neuron {l - 1}" if l > 1 else "the input"

    def factor(name: str, top: str, bottom: str, operand: Operand, line: str, **text: str) -> None:
        needs = p.needs_slope(l) if name == "da_dz" else ()
        p.add(
            Quantity(name, l), fraction(top, bottom), lambda v: v, [operand], line,
            rule="factor", needs=needs, **text,
        )  # fmt: skip

    def product(name: str, at: int, bottom: str, last: Operand, mean: bool, **text: str) -> None:
        factors = [
            p.made(fraction("C", a), Quantity("dC_da", l)),
            p.made(fraction(a, z), Quantity("da_dz", l)),
            last,
        ]
        line = " * ".join(str(f.reads) for f in factors)
        averaged = mean and p.m > 1
        p.add(
            Quantity(name, at),
            fraction("C", bottom),
            lambda c, s, v: (p.summed if averaged else str)(f"{c} {times} {s} {times} {v}"),
            factors,
            f"({line}).mean(axis=1, keepdims=True)" if averaged else line,
            rule="product",
            symbols=_mean_of_factors(p, l, bottom) if averaged else "",
            **text,
        )

    factor(
        "da_dz",
        a,
        z,
        p.slope(l),
        p.slope_line(l),
        label=f"∂a{chip}/∂z{chip}",
        title=f"The slope of neuron {l}",
        ask="is it near ¼ or near 0?",
        words=f"Nudge z of neuron {l}: its activation moves by the slope of σ there.",
    )
    factor(
        "dz_dw",
        z,
        w,
        p.operand("a", l - 1),
        f"a[{l - 1}]",
        label=f"∂z{chip}/∂w{chip}",
        title=f"What the weight of neuron {l} multiplies",
        ask="which number of the picture is it?",
        words=f"Nudge the weight: z moves by {source}.",
    )
    product(
        "dC_dw",
        l,
        w,
        p.made(fraction(z, w), Quantity("dz_dw", l)),
        True,
        label=f"∂C/∂w{chip}",
        title=f"Three factors: the slope for w{chip}",
        ask="is it positive or negative?",
        words=f"The slope of the cost for the weight of neuron {l}.",
    )
    one = Operand("1", p.trace.z[l] * 0 + 1, Quantity("b", l))
    factor(
        "dz_db",
        z,
        b,
        one,
        f"np.ones_like(z[{l}])",
        label=f"∂z{chip}/∂b{chip}",
        title="What a bias does to z",
        ask="what else could it be?",
        words="Nudge the bias: z moves by just as much.",
    )
    product(
        "dC_db",
        l,
        b,
        p.made(fraction(z, b), Quantity("dz_db", l)),
        True,
        label=f"∂C/∂b{chip}",
        title=f"Three factors: the slope for b{chip}",
        ask="is it positive or negative?",
        words=f"The slope of the cost for the bias of neuron {l}.",
    )
    if l > 1:
        factor(
            "dz_da",
            z,
            before,
            p.operand("W", l),
            f"W[{l}]",
            label=f"∂z{chip}/∂a{chip_before}",
            title=f"What the activation of neuron {l - 1} meets",
            ask="which number of the picture is it?",
            words=f"Nudge the activation of neuron {l - 1}: z moves by the weight.",
        )
        product(
            "dC_da",
            l - 1,
            before,
            p.made(fraction(z, before), Quantity("dz_da", l)),
            False,
            label=f"∂C/∂a{chip_before}",
            title=f"Carry the cost back to neuron {l - 1}",
            ask="is it positive or negative?",
            words=f"How the activation of neuron {l - 1} moves the cost: layer {l - 1} reuses it.",
        )


def _mean_of_factors(p: Pass, l: int, bottom: str) -> str:
    """The three factors of each sample, for the derivative with respect to `bottom`."""
    a, z = (p.mark(name, l, p.sample()) for name in ("a", "z"))
    factors = fraction(p.own_cost, a), fraction(a, z), fraction(z, bottom)
    return p.summed(r" \cdot ".join(factors))


_FEW = 3  # terms of a sum that are written out, each as a product
_ALL = "j"  # the index that stands for all neurons of a wide layer


def index(p: Pass) -> None:
    """One neuron at a time: its activation, by a sum over paths, then its bias and its weights."""
    for l in range(p.L, 0, -1):
        for j in range(p.net.sizes[l]) if p.net.sizes[l] <= MOST_SHOWN else (_ALL,):
            if l == p.L:
                _output_neuron(p, j)
            else:
                _sum_over_paths(p, l, j)
            _bias_of_neuron(p, l, j)
            _weights_of_neuron(p, l, j)


def _place(p: Pass, j: int | str) -> tuple[int | None, ...]:
    """Where neuron j stands in the arrays of its layer: one number, or a row of one per sample."""
    if j == _ALL:
        return ()
    return (int(j), 0) if p.m == 1 else (int(j), None)


def _named(j: int | str) -> str:
    return "every neuron j" if j == _ALL else f"neuron {j}"


def _shape_words(p: Pass, j: int | str) -> str:
    """What an equation in indices says about shapes: nothing, but for the samples."""
    if j == _ALL:
        return ""
    return "every symbol is one number" if p.m == 1 else "every symbol is one number per sample"


def _dC_da(p: Pass, l: int, j: int | str) -> Operand:  # noqa: N802 (the name in the code)
    return p.made(_moves_cost(p, l, j), Quantity("dC_da", l, _place(p, j)))


def _moves_cost(p: Pass, l: int, j: int | str) -> str:
    """How neuron j moves the cost, of each sample its own, as a symbol."""
    return fraction(p.own_cost, p.mark("a", l, p.sample(j)))


def _output_neuron(p: Pass, j: int | str) -> None:
    l, place = p.L, _place(p, j)
    a, y = Quantity("a", l, place), Quantity("y", None, place)
    p.add(
        Quantity("dC_da", l, place),
        _moves_cost(p, l, j),
        p.error,
        [p.made(p.mark("a", l, p.sample(j)), a), p.made(f"y_{{{p.sample(j)}}}", y)],
        p.error_of(str(a), str(y)),
        rule="cost′",
        label=f"∂C/∂a{index_mark(j)}{layer_mark(l)}",
        title=f"How {_named(j)} of the output moves the cost",
        ask="is it positive or negative?",
        words="Each output neuron has a term of its own in the cost, and so its own difference.",
        shapes=_shape_words(p, j),
    )


def _sum_over_paths(p: Pass, l: int, j: int | str) -> None:
    """∂C/∂a of a hidden neuron: a term for each neuron t of the next layer."""
    W = Quantity("W", l + 1, () if j == _ALL else (None, int(j)))
    if j != _ALL and p.m == 1:
        column = (None, 0)
        line = f"np.sum({W} * {p.slope_line(l + 1, column)} * {Quantity('dC_da', l + 1, column)})"
    else:
        column = ()
        inner = f"{p.slope_line(l + 1)} * {Quantity('dC_da', l + 1)}"
        line = f"{W}{'.T' if j == _ALL else ''} @ ({inner})"
    slope, above = p.slope(l + 1, p.sample("t"), column), Quantity("dC_da", l + 1, column)
    factors = [
        p.made(p.mark("w", l + 1, f"t{j}"), W),
        slope,
        p.made(_moves_cost(p, l + 1, "t"), above),
    ]
    symbols = r"\sum_t " + r" \, ".join(factor.latex for factor in factors)
    few = column and p.net.sizes[l + 1] <= _FEW
    if j == _ALL:
        factors[0] = factors[0]._replace(value=factors[0].value.T)
    p.add(
        Quantity("dC_da", l, _place(p, j)),
        _moves_cost(p, l, j),
        _written_out if few else _summed if column else _multiplied,
        _terms(factors) if few else factors,
        line,
        rule="Σ paths",
        label=f"∂C/∂a{index_mark(j)}{layer_mark(l)}",
        title=f"Add up the paths from {_named(j)} of layer {l}",
        ask="which path counts the most?",
        words=f"One path through each neuron of layer {l + 1}: the weight, the slope there, and "
        "how that neuron moves the cost. The paths add up.",
        needs=p.needs_slope(l + 1),
        symbols=symbols,
        shapes=_shape_words(p, j),
    )


def _terms(factors: list[Operand]) -> list[Operand]:
    """The factors of each path in turn, path after path."""
    paths = zip(*(factor.value for factor in factors))
    return [factor._replace(value=value) for path in paths for factor, value in zip(factors, path)]


def _written_out(*texts: str) -> str:
    return sum_of_products(texts, 3)


def _summed(*texts: str) -> str:
    return r"\sum_t " + r" \odot ".join(texts)


def _multiplied(W: str, slope: str, above: str) -> str:
    return rf"{W} \left({slope} \odot {above}\right)"


def _bias_of_neuron(p: Pass, l: int, j: int | str) -> None:
    place, above = _place(p, j), _dC_da(p, l, j)
    single = p.m == 1
    line = f"{p.slope_line(l, place)} * {above.reads}"
    if not single:
        line = f"({line}).mean(axis=1, keepdims=True)" if j == _ALL else f"np.mean({line})"
    times = r"\cdot" if single and j != _ALL else r"\odot"
    p.add(
        Quantity("dC_db", l, () if j == _ALL else (int(j), 0)),
        fraction("C", p.mark("b", l, j)),
        lambda s, d: p.summed(f"{s} {times} {d}"),
        [p.slope(l, j, place), above],
        line,
        rule="product",
        label=f"∂C/∂b{index_mark(j)}{layer_mark(l)}",
        title=f"The bias of {_named(j)} of layer {l}",
        ask="is it larger or smaller than the number before?",
        words="The bias moves z by as much as itself, so that only the slope of σ comes between.",
        needs=p.needs_slope(l),
        symbols=p.summed(rf"1 \cdot {p.slope(l, p.sample(j)).latex} \, {above.latex}"),
        shapes=_shape_words(p, j),
    )


def _weights_of_neuron(p: Pass, l: int, j: int | str) -> None:
    place, above = _place(p, j), _dC_da(p, l, j)
    slope = p.slope(l, j, place)
    scaled = f"{p.slope_line(l, place)} * {above.reads}"
    a = Quantity("a", l - 1, (None, 0) if p.m == 1 and j != _ALL else ())
    before = p.made(p.mark("a", l - 1, "k"), a)
    if a.place:
        operands, line = [before, slope, above], f"{a} * {scaled}"
    else:
        before = before._replace(value=before.value.T)
        operands, line = [slope, above, before], f"({scaled}) @ {a}.T{p.over_m}"
    p.add(
        Quantity("dC_dw", l, () if j == _ALL else (int(j), None)),
        fraction("C", p.mark("w", l, f"{j}k")),
        (lambda a, s, d: rf"{a} \cdot {s} \cdot {d}")
        if a.place
        else (lambda s, d, a: p.mean(rf"\left({s} \odot {d}\right) {a}")),
        operands,
        line,
        rule="product",
        label=f"∂C/∂w{index_mark(j)}{index_mark('k')}{layer_mark(l)}",
        title=f"The weights into {_named(j)} of layer {l}",
        ask="which weight has the largest slope?",
        words=f"For each neuron k of layer {l - 1}: its activation, the slope, and how "
        f"{_named(j)} moves the cost.",
        needs=(*p.needs_slope(l), *p.needs_m),
        symbols=p.summed(
            rf"{p.mark('a', l - 1, p.sample('k'))} \, {p.slope(l, p.sample(j)).latex} \, "
            + above.latex
        ),
        shapes="" if j == _ALL else f"({p.net.sizes[l - 1]},): one number for each weight",
    )
