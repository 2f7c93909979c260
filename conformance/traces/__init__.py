"""What a training loop asks of the Tinker API, recorded, compared and told in the loop's words."""
