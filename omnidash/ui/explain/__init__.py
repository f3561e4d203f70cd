"""What a number is, of what, and from which rows of which files: one drawer behind the ⓘ of every card."""
