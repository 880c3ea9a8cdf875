"""The page of symbols: what each means, where it is explained, and how other texts write it.

How others write it comes from their entries in `SOURCES`, but for what an entry cannot hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bp_helpers.texts.sources import SOURCES, Source

SpellingOf = Callable[[Source, str], str]


@dataclass(frozen=True)
class Symbol:
    """One symbol of the series with its meaning, and the notebook that explains it.

    `role` is the field of a `Source` that holds what others write for it, or nothing; `pattern`
    finds the symbol in the text of a notebook.
    """

    text: str
    meaning: str
    notebook: str
    pattern: str
    role: str = ""


SYMBOLS = (
    Symbol("x", "the input, a row for each input neuron", "00", r"\bx\b", "x"),
    Symbol("W⁽ˡ⁾", "the weights that lead into layer l", "00", r"\bW\^", "W"),
    Symbol("b⁽ˡ⁾", "the biases of layer l", "00", r"\bb\^", "b"),
    Symbol("z⁽ˡ⁾", "what layer l has weighed, before its activation", "00", r"\bz\^", "z"),
    Symbol("σ", "the activation function, a sigmoid where nothing is said", "00", r"\\sigma\(",
           "sigma"),
    Symbol("a⁽ˡ⁾", "the activations of layer l; a⁽⁰⁾ is x", "00", r"\ba\^", "a"),
    Symbol("y", "the target", "00", r"\by\b", "y"),
    Symbol("C", "the cost", "00", r"\bC\b", "C"),
    Symbol("Σⱼ", "a term for each j, all added up", "00", r"\\sum_"),
    Symbol("∂C/∂w", "the slope of C for one number, while all others stand still", "00",
           r"\\partial C"),
    Symbol("∂C/∂b⁽ˡ⁾", "the gradient of the biases of layer l", "00", r"\\partial b\^",
           "bias_gradient"),
    Symbol("Δ", "the change of what stands behind it", "00", r"\\Delta"),
    Symbol("‖v‖²", "the sum of the squared entries of v", "00", "‖v‖²"),
    Symbol("η", "the size of a step downhill", "00", r"\\eta"),
    Symbol("σ′", "the slope of σ; dsigma in code", "01", r"\\sigma'"),
    Symbol("h", "the size of a nudge", "01", r"\bh\b"),
    Symbol("L", "the number of the last layer", "02", r"\bL\b", "L"),
    Symbol("nₗ", "the number of neurons of layer l", "03", r"n_(l\b|\{l)"),
    Symbol("wⱼₖ", "the weight from neuron k to neuron j: the end comes first", "03",
           r"w[^ ]*_\{?jk"),
    Symbol("∂C/∂W⁽ˡ⁾", "the gradient of the weights of layer l", "03", r"\\partial W",
           "weight_gradient"),
    Symbol("∇C", "all derivatives of C as one column", "03", r"\\nabla"),
    Symbol("ᵀ", "rows and columns change places", "03", r"\\mathsf"),
    Symbol("J", "a Jacobian: how each neuron of a layer answers each of an earlier one", "04",
           r"Jacobian"),
    Symbol("δⱼₖ", "1 if the two indices are equal, else 0 (Kronecker)", "04", r"\\delta_\{"),
    Symbol("A, B", "the neurons of one weight, which leads from B to A", "04", r"_\{AB\}"),
    Symbol("δ⁽ˡ⁾", "∂C/∂z⁽ˡ⁾, the blame of each neuron of layer l", "05", r"\\delta\^", "carried"),
    Symbol("⊙", "multiply entry by entry", "05", r"\\odot"),
    Symbol("BP1 to BP4", "the four rules", "05", r"\*\*BP1\*\*"),
    Symbol("m", "the number of samples in a batch", "05",
           r"\$m\$ samples at once, a \*\*batch", "m"),
    Symbol("ln", "the natural logarithm; np.log in code", "05", r"\\ln\b"),
    Symbol("Cᵢ", "the cost of sample i alone", "06", r"\bC_i\b"),
    Symbol("g", "an activation function, any one", "06", r"\bg'"),
    Symbol("da, dz", "the slopes of a sample's cost for a and for z", "06", r"\bdz\^"),
    Symbol("dW, db", "the gradients of W and b", "06", r"\bdW\^"),
    Symbol("C′, C″, C‴", "the first, second and third derivative of C", "07", r"\bC'"),
    Symbol("ε", "the relative rounding error of one number", "07", r"\\varepsilon"),
    Symbol("Im", "the imaginary part of a complex number", "07", r"operatorname\{Im\}"),
    Symbol("P", "the number of weights and biases", "07", r"\$P\$"),
    Symbol("‖v‖", "the length of v: the root of ‖v‖²", "07", r"\\lVert v"),
    Symbol("B", "the samples of a mini-batch", "08", r"\\in B\b"),
    Symbol("M", "the number of samples of an epoch", "08", r"\$M\$"),
    Symbol("rms", "the root of the mean of all squares", "11", r"\brms\b"),
    Symbol("P = AB", "the product of any two matrices", "12", "P = A B"),
    Symbol("u, v", "a number in a graph, and one that was computed from it", "12",
           r"\\partial u"),
    Symbol("g, in code", "the gradient of what an operation gave", "12", "`g` is the gradient"),
)  # fmt: skip

# What a text writes, by symbol and key of the text, where its entry has another letter or none.
APART: Mapping[tuple[str, str], str] = {
    ("W⁽ˡ⁾", "index"): "w or W",
    ("W⁽ˡ⁾", "jacobian"): "w or W",
    ("z⁽ˡ⁾", "jacobian"): "z or Z",
    ("z⁽ˡ⁾", "d2l"): "z, turned Z",
    ("a⁽ˡ⁾", "batch"): "a or x",
    ("C", "jacobian"): "C or ℒ",
    ("C", "layers"): "C, of one sample Q",
    ("∂C/∂b⁽ˡ⁾", "batch"): "Δb or db",
    ("∂C/∂W⁽ˡ⁾", "batch"): "Δω or dω",
    ("nₗ", "layers"): "Nₗ",
    ("nₗ", "batch"): "nˡ",
    ("δ⁽ˡ⁾", "batch"): "Δz or dz",
    ("⊙", "layers"): "∘ or ⊙",
    ("⊙", "batch"): "· or nothing",
    ("da, dz", "batch"): "Δa, Δz or da, dz",
    ("dW, db", "batch"): "Δω, Δb or dω, db",
    ("M", "layers"): "n",
    ("M", "batch"): "#examples",
}


def elsewhere(symbol: Symbol, spell: SpellingOf) -> Iterator[tuple[str, list[str]]]:
    """How the other texts write a symbol, and who writes it so; what all write alike is left out.

    `spell` gives the printed form of a name in the code of a text.
    """
    series, found = SOURCES["series"], dict[str, list[str]]()
    for source in SOURCES.values():
        if (apart := APART.get((symbol.text, source.key))) is not None:
            found.setdefault(apart, []).append(source.short)
            continue
        if not symbol.role:
            continue
        written = spell(source, getattr(source, symbol.role))
        if symbol.role == "bias_gradient" and source.is_folded:
            written = f"column 0 of {spell(source, source.weight_gradient)}"
        if symbol.role == "carried" and source.carries == "a":
            written = f"no name, {written} is carried"
        if written != spell(series, getattr(series, symbol.role)):
            found.setdefault(written, []).append(source.short)
    yield from found.items()
