"""One backward pass as plain data, in five notations: nothing here knows how it is drawn."""
