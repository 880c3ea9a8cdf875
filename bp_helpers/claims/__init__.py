"""What five sets of handwritten notes claim, line by line, each claim as something that runs."""
