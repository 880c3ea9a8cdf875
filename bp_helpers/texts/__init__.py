"""Texts on backpropagation: what each of them writes, and how to get from one to another."""
