"""The steps of a pass as HTML: a frame of the stepper, and a filmstrip that needs no kernel."""

from __future__ import annotations

import re
from base64 import b64encode
from html import escape

from bp_helpers.diagram import STYLE as DIAGRAM_STYLE
from bp_helpers.diagram import Scene, diagram, standalone
from bp_helpers.steps import Step, plain

_LINE = 74  # characters of an equation that fit into the card
_MATRIX = re.compile(r"\\begin\{bmatrix\}(.*?)\\end\{bmatrix\}")
_OPENING, _CLOSING = (r"\left", r"\begin", "{", "("), (r"\right", r"\end", "}", ")")
_OPERATORS = (r"\odot", r"\cdot", "+", "-")

STYLE = (
    DIAGRAM_STYLE
    + """
.bp-frame{display:flex;flex-wrap:wrap;align-items:flex-start;gap:8px 24px;
color:var(--jp-content-font-color1,#222);font-size:15px;line-height:1.45}
.bp-frame .bp-picture{flex:1 1 420px;max-width:640px;min-width:300px}
.bp-frame .bp-card{flex:1 1 380px;min-width:300px;max-width:620px}
.bp-count{color:var(--jp-content-font-color2,#555);font-size:13px}
.bp-title{font-weight:600;font-size:18px;margin:2px 0 10px}
.bp-rule{background:#00735A;color:#fff;border-radius:4px;padding:1px 8px;font-size:12px;
font-weight:600;margin-left:8px;vertical-align:middle;white-space:nowrap}
.bp-math{overflow-x:auto;overflow-y:hidden;padding:2px 0}
.bp-numbers{font-size:.86em}
.bp-math mjx-container{margin:6px 0!important;text-align:left!important}
.bp-shapes{color:var(--jp-content-font-color2,#555);font-size:13px}
.bp-card pre{background:var(--jp-layout-color2,#f0f0f0);border-radius:6px;
padding:8px 10px;margin:8px 0;font-size:12.5px;line-height:1.5;white-space:pre-wrap;
color:var(--jp-content-font-color1,#222);font-family:var(--jp-code-font-family,monospace)}
.bp-card summary{cursor:pointer;color:var(--jp-content-link-color,#0060a0);padding:4px 0}
.bp-card summary:focus-visible{outline:2px solid var(--jp-brand-color1,#0060a0)}
.bp-predict:has(details:not([open])) .bp-new{display:none}
.bp-predict:has(details:not([open])) .bp-ask{display:inline}
"""
)


def frame(scene: Scene, predict: bool = True) -> str:
    """One frame of the stepper: the picture beside a card; with LaTeX to be typeset.

    With `predict`, the numbers stay hidden, in the picture too, until the reader opens them.
    """
    step = scene.step
    hidden = "" if predict else " open"
    ask = f"Predict, then reveal: {escape(step.ask)}"
    is_answer = len(step.reads) == 1 and step.numbers.strip("()") in step.result
    question = on_lines(step.numbers + r" =\;?")
    numbers = "" if is_answer else f"$${question}$$"
    return (
        f'<div class="bp-frame{" bp-predict" if predict else ""}">'
        f'<div class="bp-picture">{diagram(scene)}</div>'
        f'<div class="bp-card"><div class="bp-count">{scene.count}</div>'
        f'<div class="bp-title">{escape(step.title)} <span class="bp-rule">{step.rule}</span></div>'
        f'<div class="bp-math">$${step.latex}$$</div>'
        f'<div class="bp-shapes">shapes: {step.shapes}</div>'
        f"<pre>{escape(step.code)}</pre>"
        f'<div class="bp-math bp-numbers">{numbers}</div>'
        f"<details{hidden}><summary>{ask}</summary>"
        f'<div class="bp-math">$${on_lines(step.result)}$$</div><div>{escape(step.words)}</div>'
        "</details></div></div>"
    )


def on_lines(latex: str) -> str:
    """`latex` on as many lines as it takes, broken between the factors at its top level.

    What is still too wide then, since a bracket cannot be broken, is written smaller.
    """
    lines = [""]
    for piece in _pieces(latex):
        if lines[-1] and _width(lines[-1] + piece) > _LINE:
            lines.append("")
        lines[-1] += piece
    size = "" if max(map(_width, lines)) <= _LINE else r"\small "
    if len(lines) == 1:
        return size + latex
    return size + r"\begin{aligned} & " + r" \\ & ".join(lines) + r" \end{aligned}"


def _pieces(latex: str) -> list[str]:
    """`latex` cut in front of operators, brackets and matrices that stand in nothing else."""
    pieces, depth = [""], 0
    for token in re.findall(r"\\[A-Za-z]+|.", latex):
        starts = token in _OPERATORS or (
            token in (r"\left", r"\begin") and pieces[-1].strip() not in _OPERATORS
        )
        if starts and depth == 0:
            pieces.append("")
        depth += (token in _OPENING) - (token in _CLOSING)
        pieces[-1] += token
    return pieces


def _width(latex: str) -> int:
    """How many characters wide an equation is, roughly: a command counts as one."""
    text = _MATRIX.sub(lambda matrix: "x" * _width_of_matrix(matrix[1]), latex)
    return len(re.sub(r"[{}^_ ]", "", re.sub(r"\\[A-Za-z]+", "x", text)))


def _width_of_matrix(rows: str) -> int:
    cells = ([_width(cell) for cell in row.split("&")] for row in rows.split(r"\\"))
    return sum(max(column) + 2 for column in zip(*cells))


def filmstrip(scenes: list[Scene]) -> str:
    """Every step as a small picture with its equation, line and numbers in text.

    The pictures are images with a style of their own: a notebook that has not been run yet is
    not trusted, and JupyterLab then drops inline SVG, style sheets and scripts.
    """
    return f'<div style="display: flex; flex-wrap: wrap">{"".join(map(_still, scenes))}</div>'


def _still(scene: Scene) -> str:
    step: Step = scene.step
    picture = b64encode(standalone(scene).encode()).decode()
    alt = f"{scene.count}: {step.words}"
    return (
        '<div style="width: 340px; margin: 0 16px 16px 0">'
        f'<img width="340" alt="{escape(alt)}" src="data:image/svg+xml;base64,{picture}">'
        f"<strong>{scene.k + 1}. {escape(step.title)}</strong> ({step.rule})<br>{plain(step.latex)}"
        f'<pre style="white-space: pre-wrap">{escape(step.code)}</pre>{escape(step.words)}</div>'
    )
