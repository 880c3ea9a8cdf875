"""The exercises of the notebooks, one module a notebook, and what judges an answer to one."""
