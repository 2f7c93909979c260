"""What differences of two streams mean, where it can be recognised. One module for each part of a loop."""
