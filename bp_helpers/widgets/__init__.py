"""What moves: the stepper and the explorers, made of the frames of `drawing`."""
