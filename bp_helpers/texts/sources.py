"""How other texts write backpropagation: the facts, from which `bridge` derives all the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args, get_origin, get_type_hints

from bp_helpers._validation import chosen

_TAKEN = ("np", "with_ones", "n_L", "softmax", "sum", "range")
_ANY = ("binary_cross_entropy", "cross_entropy")


@dataclass(frozen=True)
class Source:
    """One text with its conventions: facts only, from a key and a title on.

    Where a field is not given, the text is as this series is. `input_layer` is the number of the
    input's activations, and `first_weights` that of the first weights, the same or one more.
    `weights` is the shape of W, `samples` says what a sample is in a batch, and `bias` how the
    biases of a layer are kept; `bias_first` says whether they stand in front of the product. A text
    of the form "entries" writes single entries and sums, "numbers" has one neuron a layer, and
    "row" keeps ∂C/∂a as a row; all three write one sample. `carries` says whether ∂C/∂z or ∂C/∂a
    goes from layer to layer. `cost` is the cost of one sample, a key of COSTS. `average` says where
    the mean over a batch is taken: "last" in BP3 and BP4, "first" in BP1, "none" where the costs
    are added up.

    `functions` says which layers can have an activation of their own: "each", written with its
    layer, "any", where that is so only if they differ, "output", "one" for the same everywhere, or
    "loss" where the last one belongs to the loss. `only` names the activations, where not any will
    do, and `costs` the costs other than squares. `mark` is how a layer stands beside a letter. `W`
    to `m` are letters as they are written in code; `gradients` says whether ∂C/∂W is written as a
    derivative, as dW, or as grad_weight, and `delta` is the letter for ∂C/∂z where it is neither.
    A factor stands `order`, and BP2 goes to layer `pulls_to`.
    """

    key: str
    title: str
    short: str = ""
    where: str = ""
    input_layer: int = 0
    first_weights: int = 1
    weights: Literal["(out, in)", "(in, out)"] = "(out, in)"
    samples: Literal["columns", "rows"] = "columns"
    bias: Literal["column", "row", "flat", "column 0 of W"] = "column"
    bias_first: bool = False
    form: Literal["arrays", "entries", "numbers", "row"] = "arrays"
    carries: Literal["z", "a"] = "z"
    cost: Literal["half_squared", "squared", "mean_squared"] = "half_squared"
    average: Literal["last", "first", "none"] = "last"
    several: bool = True
    functions: Literal["one", "each", "any", "output", "loss"] = "one"
    only: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()
    mark: Literal["(l)", "[l]", "l", "_l"] = "(l)"
    order: Literal["from the cost", "to the cost"] = "from the cost"
    pulls_to: Literal["l", "l - 1"] = "l"
    gradients: Literal["∂", "d", "grad"] = "∂"
    W: str = "W"
    b: str = "b"
    z: str = "z"
    a: str = "a"
    sigma: str = "sigma"
    output: str = ""
    delta: str = ""
    x: str = "x"
    y: str = "y"
    C: str = "C"
    l: str = "l"
    L: str = "L"
    m: str = "m"

    def __post_init__(self) -> None:
        """Raises ValueError for what is none of the choices, and for two things of one name."""
        for name, hint in get_type_hints(Source).items():
            options = get_args(hint) if get_origin(hint) is Literal else ()
            if options and getattr(self, name) not in options:
                chosen(f"{name} of Source", getattr(self, name), dict.fromkeys(options))
        right = {"columns": ("column", "column 0 of W"), "rows": ("row", "flat")}[self.samples]
        if self.form in ("arrays", "row") and self.bias not in right:
            raise ValueError(
                f"bias of Source is {self.bias!r}, but with samples as {self.samples} should be "
                f"{' or '.join(map(repr, right))}."
            )
        steps = (0, 1) if self.form == "arrays" else (1,)
        if self.first_weights - self.input_layer not in steps:
            raise ValueError(
                f"first_weights of Source is {self.first_weights}, but with the input as layer "
                f"{self.input_layer} should be "
                f"{' or '.join(str(self.input_layer + step) for step in steps)}."
            )
        names = [self.W, self.b, self.z, self.a, self.sigma, f"d{self.sigma}", self.y, self.l]
        names += [self.L, self.m, self.weight_gradient, self.bias_gradient, self.carried]
        names += [self.output, f"d{self.output}"] if self.output else []
        for name in names:
            if not name.isidentifier() or name in _TAKEN or names.count(name) > 1:
                why = "stands for two things" if names.count(name) > 1 else "is no name of its own"
                raise ValueError(f"{name!r} {why} in Source {self.key!r}; choose another letter.")

    @property
    def weight_gradient(self) -> str:
        """What the gradient of the weights is called in code."""
        return "grad_weight" if self.gradients == "grad" else f"d{self.W}"

    @property
    def bias_gradient(self) -> str:
        """What the gradient of the biases is called in code."""
        return "grad_bias" if self.gradients == "grad" else f"d{self.b}"

    @property
    def carried(self) -> str:
        """What goes from layer to layer, as it is called in code."""
        return self.delta or f"d{self.z if self.carries == 'z' else self.a}"

    @property
    def is_for_one_of_several(self) -> bool:
        """Whether the rules are written for one sample, and the mean is taken of what they give."""
        return self.several and self.form != "arrays"

    @property
    def is_folded(self) -> bool:
        """Whether the biases are a column of W."""
        return self.bias == "column 0 of W"


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        source.key: source
        for source in (
            Source(
                "series", "This series", "series", "all notebooks",
                functions="any", costs=_ANY, delta="delta",
            ),
            Source(
                "chain", "Handwritten notes: a chain", "chain notes", "behind notebook 02",
                form="numbers", carries="a", cost="squared", bias="flat", pulls_to="l - 1", W="w",
            ),
            Source(
                "index", "Handwritten notes: indices and sums", "index notes", "behind notebook 03",
                form="entries", carries="a", cost="squared", bias="flat", functions="each",
                order="to the cost", pulls_to="l - 1", W="w",
            ),
            Source(
                "jacobian", "Handwritten notes: factors", "jacobian notes", "behind notebook 04",
                form="row", carries="a", cost="mean_squared", several=False, only=("sigmoid",),
                mark="l", W="w",
            ),
            Source(
                "layers", "Handwritten notes: deltas", "layers notes", "behind notebook 05",
                mark="l", W="w", delta="delta",
            ),
            Source(
                "batch", "Handwritten notes: batches", "batch notes", "behind notebook 06",
                average="first", functions="any", mark="l", pulls_to="l - 1", gradients="d",
                W="omega", sigma="g", C="J",
            ),
            Source(
                "nielsen", "Nielsen, Neural Networks and Deep Learning", "Nielsen", "chapter 2",
                input_layer=1, first_weights=2, costs=_ANY, mark="l", W="w", delta="delta",
            ),
            Source(
                "3blue1brown", "3Blue1Brown, Backpropagation calculus", "3Blue1Brown", "the lesson",
                form="entries", carries="a", cost="squared", bias="flat", order="to the cost",
                pulls_to="l - 1", W="w",
            ),
            Source(
                "prince", "Prince, Understanding Deep Learning", "Prince", "chapter 7",
                first_weights=0, bias_first=True, cost="squared", average="none",
                functions="loss", costs=_ANY, mark="_l", pulls_to="l - 1", W="Omega", b="beta",
                z="f", a="h", sigma="a", output="out", C="ell", l="k", L="K",
            ),
            Source(
                "d2l", "Dive into Deep Learning", "D2L",
                "chapter 5, its layers for a mini-batch; J, φ and z, turned, from its "
                "backpropagation, and the cost from chapter 3",
                weights="(in, out)", samples="rows", bias="row", average="first",
                functions="loss", costs=("cross_entropy",), pulls_to="l - 1", z="Z", a="H",
                sigma="phi", output="out", x="X", y="Y", C="J", m="n",
            ),
            Source(
                "ng", "Ng, Deep Learning Specialization", "Ng", "course 1, week 4",
                functions="each", costs=_ANY, mark="[l]", pulls_to="l - 1", gradients="d",
                z="Z", a="A", sigma="g", x="X", y="Y", C="J",
            ),
            Source(
                "bishop", "Bishop, Pattern Recognition and Machine Learning", "Bishop",
                "section 5.3, its sums as products", bias="column 0 of W", average="none",
                functions="output", costs=_ANY, z="a", a="z", sigma="h", output="sigma",
                delta="delta", y="t", C="E",
            ),
            Source(
                "pytorch", "PyTorch, nn.Linear and MSELoss", "PyTorch",
                "its reference, and its page Extending PyTorch",
                samples="rows", bias="flat", cost="mean_squared", average="first",
                functions="any", costs=_ANY, mark="_l", pulls_to="l - 1", gradients="grad",
                W="weight", b="bias", delta="grad_output", C="loss", m="N",
            ),
        )
    }
)  # fmt: skip
