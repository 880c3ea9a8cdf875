"""Helpers for learning backpropagation, one step at a time."""

from importlib import import_module

# Name to module: a module is imported when one of its names is first used, so that a
# notebook which only needs the mathematics does not wait for widgets and plots.
_HOME = {
    "Network": "network",
    "forward": "backprop",
    "backward": "backprop",
    "backpropagate": "backprop",
    "update": "backprop",
    "cost": "backprop",
    "Gradients": "backprop",
    "Trace": "backprop",
    "numerical_gradient": "measure",
    "check_gradient": "gradcheck",
    "diagnose": "diagnosis",
    "check": "exercises.checking",
    "train": "training",
    "accuracy": "training",
    "NOTATIONS": "steps.notations",
    "backward_steps": "steps.notations",
    "gradient_by": "steps.notations",
    "Stepper": "widgets.stepper",
    "Drill": "widgets.drill",
    "Bridge": "widgets.bridge",
    "symbol_page": "drawing.symbols",
}
_MODULES = {
    "blocks": "drawing.blocks",
    "bridge": "texts.bridge",
    "depth": "depth",
    "digits": "digits",
    "examples": "examples",
    "explorers": "widgets.explorers",
    "functions": "functions",
    "notes": "claims.notes",
    "plots": "plots",
}

__all__ = [*_HOME, *_MODULES]  # noqa: PLE0604 (ruff does not look into the dictionary)


def __getattr__(name: str) -> object:
    if name in _MODULES:
        found: object = import_module(f"bp_helpers.{_MODULES[name]}")
    elif name in _HOME:
        found = getattr(import_module(f"bp_helpers.{_HOME[name]}"), name)
    else:
        raise AttributeError(f"bp_helpers has no {name!r}; it has {', '.join(__all__)}.")
    globals()[name] = found  # where it is found at once from now on
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
