"""The steps of a pass as HTML: a frame of the stepper, and a filmstrip that needs no kernel."""

from __future__ import annotations

from html import escape

from bp_helpers.diagram import STYLE as DIAGRAM_STYLE
from bp_helpers.diagram import Scene, diagram
from bp_helpers.steps import Step, plain

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
.bp-math mjx-container{margin:6px 0!important;text-align:left!important}
.bp-shapes{color:var(--jp-content-font-color2,#555);font-size:13px}
.bp-card pre,.bp-film pre{background:var(--jp-layout-color2,#f0f0f0);border-radius:6px;
padding:8px 10px;margin:8px 0;font-size:12.5px;line-height:1.5;white-space:pre-wrap;
color:var(--jp-content-font-color1,#222);font-family:var(--jp-code-font-family,monospace)}
.bp-card summary{cursor:pointer;color:var(--jp-content-link-color,#0060a0);padding:4px 0}
.bp-card summary:focus-visible{outline:2px solid var(--jp-brand-color1,#0060a0)}
.bp-predict:has(details:not([open])) .bp-new{display:none}
.bp-predict:has(details:not([open])) .bp-ask{display:inline}
.bp-film{display:flex;flex-wrap:wrap;gap:12px;font-size:13px;
color:var(--jp-content-font-color1,#222)}
.bp-film figure{flex:1 1 280px;max-width:360px;margin:0;padding:8px;
border:1px solid var(--jp-border-color2,#ccc);border-radius:8px}
"""
)


def frame(scene: Scene, predict: bool = True) -> str:
    """One frame of the stepper: the picture beside a card; with LaTeX to be typeset.

    With `predict`, the numbers stay hidden, in the picture too, until the reader opens them.
    """
    step = scene.step
    numbers = "" if step.numbers in step.result else f"$${step.numbers} =\\;?$$"
    return (
        f'<div class="bp-frame{" bp-predict" if predict else ""}">'
        f'<div class="bp-picture">{diagram(scene)}</div>'
        f'<div class="bp-card"><div class="bp-count">Step {scene.k + 1} of {len(scene.steps)}</div>'
        f'<div class="bp-title">{escape(step.title)} <span class="bp-rule">{step.rule}</span></div>'
        f'<div class="bp-math">$${step.latex}$$</div>'
        f'<div class="bp-shapes">shapes: {step.shapes}</div>'
        f"<pre>{escape(step.code)}</pre>"
        f'<div class="bp-math">{numbers}</div>'
        f"<details{'' if predict else ' open'}><summary>Predict, then reveal: {escape(step.ask)}</summary>"
        f'<div class="bp-math">$${step.result}$$</div><div>{escape(step.words)}</div>'
        "</details></div></div>"
    )


def filmstrip(scenes: list[Scene]) -> str:
    """Every step as a small picture with its equation, line and numbers in text."""
    return f"<style>{STYLE}</style>" + f'<div class="bp-film">{"".join(map(_still, scenes))}</div>'


def _still(scene: Scene) -> str:
    step: Step = scene.step
    return (
        f"<figure>{diagram(scene)}<figcaption><strong>{scene.k + 1}. {escape(step.title)}</strong> "
        f"({step.rule})<br>{plain(step.latex)}<pre>{escape(step.code)}</pre>{escape(step.words)}"
        "</figcaption></figure>"
    )
