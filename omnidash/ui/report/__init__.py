"""A page to take away: what it shows is collected while it is drawn, and written as one HTML file on demand."""
