"""The parts of the funnel section: what is asked, what is found, and to whom it happened."""
