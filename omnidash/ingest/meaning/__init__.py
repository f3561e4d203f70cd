"""What a table's columns mean: fields, known exports, guesses, and the mapping a person confirms."""
