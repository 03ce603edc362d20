"""What the numbers mean: tables of measurements go in, facts, claims and refusals come out."""
