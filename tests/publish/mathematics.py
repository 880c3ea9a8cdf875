"""LaTeX as MathML, written into a page when it is made, so that it is there without a script."""

from __future__ import annotations

import re
from html import escape, unescape

_MOST_ON_A_PHONE = 22  # signs that surely fit in a line
_TAG = re.compile(r"\\tag\{([^}]*)\}")
# What latex2mathml does not take as it is meant, said in another way.
_REWRITTEN = (
    (re.compile(r"\\mathsf T"), r"\\mathsf{T}"),
    (re.compile(r"(\\begin\{bmatrix\}(?:(?!\\end).)*\\end\{bmatrix\})(?=\^)", re.DOTALL), r"{\1}"),
)
_MENDED = (
    (re.compile(r"<mi>(&#x003(?:9[1-9A-F]|A[0-9]);)</mi>"), r'<mi mathvariant="normal">\1</mi>'),
    (re.compile(r"<mo>(?=&#x02016;)"), '<mo stretchy="false">'),  # the bars of a norm
    (re.compile(r"<mo>(?=&#x0002F;)"), '<mo lspace="0" rspace="0">'),
    (re.compile(r'<mo accent="true">&#x02015;'), '<mo stretchy="true">&#x0203E;'),
    (re.compile(r"<mo>(?=:|&#x0003A;)"), '<mo lspace="0" rspace="0.28em">'),
    (re.compile(r"<mo>&#x02202;</mo>"), "<mi>&#x02202;</mi>"),
    (
        re.compile(r'<mo stretchy="false">(?=&#x0007C;)'),
        '<mo stretchy="false" lspace="0" rspace="0">',
    ),
    # A minus after a relation, an opening bracket or a comma is a sign.
    (
        re.compile(r"(<mo[^>]*>&#x0(?:003D|0028|002C|2190);</mo>)<mo>(?=&#x02212;)"),
        r'\1<mo form="prefix">',
    ),
    # The name of a function stands apart from what is beside it.
    (
        re.compile(r"(?:(?<=</m[in]>)|(?<=&#x00029;</mo>))(?=<mi>(?:ln|tanh)</mi>)"),
        '<mspace width="0.17em"/>',
    ),
    (re.compile(r"(?<!<msup>)<mi>(?:ln|tanh)</mi>(?=<m[in]>)"), r'\g<0><mspace width="0.17em"/>'),
    (re.compile(r' xmlns="[^"]*"'), ""),
)
_PRIMED = re.compile(r"<msup>(<m[io]>[^<]*</m[io]>)<mi>(&#x0203[2-4];)</mi></msup>")
_LIMIT = re.compile(
    r"<msub><mo>(lim|&#x02211;)</mo>(<m[in]>[^<]*</m[in]>|<mrow>(?:(?!<mrow).)*?</mrow>)</msub>"
)


def tags_of(text: str) -> list[str]:
    """The numbers of the equations in a text, in order."""
    return _TAG.findall(text)


def mathml(latex: str, display: bool = False) -> str:
    """A formula as MathML. Raises ValueError, with the formula, where that cannot be done."""
    from latex2mathml.converter import convert

    for pattern, instead in _REWRITTEN:
        latex = pattern.sub(instead, latex)
    try:
        written = convert(latex.strip(), display="block" if display else "inline")
    except Exception as problem:
        raise _refusal(latex, repr(problem)) from problem
    unknown = re.search(r"\\\w+|&#x0005C;\w*", written)
    if unknown:  # which it would leave in the page as it is
        raise _refusal(latex, f"{unescape(unknown[0])} is not known")
    for pattern, instead in _MENDED:
        written = pattern.sub(instead, written)
    written = _PRIMED.sub(r'<mrow>\1<mo lspace="0" rspace="0">\2</mo></mrow>', written)
    below = r'<munder><mo movablelimits="true">\1</mo>\2</munder>'
    return _LIMIT.sub(below, written) if display else written


def _refusal(latex: str, why: str) -> ValueError:
    return ValueError(
        f"the formula {latex!r} cannot be written as MathML ({why}): "
        "write it in another way, or mend tests/publish/mathematics.py."
    )


def displayed(latex: str) -> str:
    """A formula on a line of its own, its number at the end of that line."""
    tags = tags_of(latex)
    written = mathml(_TAG.sub("", latex), display=True)
    reached = ' tabindex="0"' if _is_long(written) else ""  # where it has to be scrolled
    formula = f'<span class="formula"{reached}>{written}</span>'
    if not tags:
        return f'<span class="display">{formula}</span>'
    number = escape(tags[0])
    return f'<span class="display" id="eq-{number}">{formula}<span>({number})</span></span>'


def typeset(html: str) -> str:
    """HTML of a package whose formulas stand between dollars."""
    return re.sub(r"\$([^$<>]+)\$", lambda found: in_a_line(unescape(found[1])), html)


def in_a_line(latex: str) -> str:
    """A formula in a sentence; one that a phone cannot show whole can be scrolled."""
    written = mathml(latex)
    return f'<span class="formula" tabindex="0">{written}</span>' if _is_long(written) else written


def _is_long(written: str) -> bool:
    return len(unescape(re.sub(r"<[^>]*>", "", written))) > _MOST_ON_A_PHONE
