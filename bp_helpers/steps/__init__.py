"""One backward pass as plain data, in five notations: formulas, but no pictures and no widgets."""
